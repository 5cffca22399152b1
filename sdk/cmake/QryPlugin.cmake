# qry_add_plugin(NAME SOURCES … [LIBS …] [MANIFEST FILE])
#
# Builds lib/qry/plugins/NAME/libqry_NAME.so beside its manifest, in the build tree and in the
# installed one (unless QRY_PLUGIN_NO_INSTALL is set). The only symbol it exports is qry_plugin_entry; the SHA-256 of the library is
# written into the manifest's copy after linking.
function(qry_add_plugin name)
    cmake_parse_arguments(arg "" "MANIFEST" "SOURCES;LIBS" ${ARGN})
    if(NOT arg_MANIFEST)
        set(arg_MANIFEST ${CMAKE_CURRENT_SOURCE_DIR}/qry-plugin.json)
    endif()
    if(NOT QRY_PLUGIN_OUT)
        set(QRY_PLUGIN_OUT ${CMAKE_BINARY_DIR}/lib/qry/plugins)
    endif()
    set(target qry_plugin_${name})
    add_library(${target} MODULE ${arg_SOURCES})
    target_link_libraries(${target} PRIVATE Qry::sdk ${arg_LIBS})
    # In this project's own tree: its warnings and sanitizers.
    if(TARGET qry_flags)
        target_link_libraries(${target} PRIVATE qry_flags)
    endif()
    set_target_properties(
        ${target}
        PROPERTIES OUTPUT_NAME qry_${name}
                   CXX_STANDARD 20
                   CXX_STANDARD_REQUIRED ON
                   PREFIX lib
                   LIBRARY_OUTPUT_DIRECTORY ${QRY_PLUGIN_OUT}/${name}
                   C_VISIBILITY_PRESET hidden
                   CXX_VISIBILITY_PRESET hidden
                   VISIBILITY_INLINES_HIDDEN ON
    )
    # Symbolic: the plugin's own symbols win over those of the host. The version script hides what
    # static libraries bring along.
    target_link_options(
        ${target} PRIVATE -Wl,-Bsymbolic -Wl,--exclude-libs,ALL
        -Wl,--version-script=${QRY_PLUGIN_EXPORTS}
    )
    set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${QRY_PLUGIN_EXPORTS})
    add_custom_command(
        TARGET ${target}
        POST_BUILD
        COMMAND
            ${CMAKE_COMMAND} -DMANIFEST=${arg_MANIFEST} -DLIBRARY=$<TARGET_FILE:${target}>
            -DOUT=${QRY_PLUGIN_OUT}/${name}/qry-plugin.json -P ${QRY_PLUGIN_STAMP}
        VERBATIM
    )
    set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${arg_MANIFEST})
    if(QRY_PLUGIN_NO_INSTALL)
        return()
    endif()
    install(TARGETS ${target} LIBRARY DESTINATION lib/qry/plugins/${name})
    install(FILES ${QRY_PLUGIN_OUT}/${name}/qry-plugin.json DESTINATION lib/qry/plugins/${name})
endfunction()

# qry_add_conformance_test(NAME PARAMS FILE [LAUNCHER WORD …])
#
# A test of ctest: qry-conformance on the plugin NAME, with that parameter file, in the build folder. The words of
# LAUNCHER stand before the command: something that starts a server first.
function(qry_add_conformance_test name)
    cmake_parse_arguments(arg "" "PARAMS" "LAUNCHER" ${ARGN})
    add_test(
        NAME conformance_${name}
        COMMAND ${arg_LAUNCHER} ${QRY_CONFORMANCE} $<TARGET_FILE:qry_plugin_${name}> --params
                ${CMAKE_CURRENT_SOURCE_DIR}/${arg_PARAMS}
        WORKING_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}
    )
    set_tests_properties(conformance_${name} PROPERTIES TIMEOUT 300)
endfunction()

# Beside this file, in the source tree and in the installed package alike.
set(QRY_PLUGIN_EXPORTS ${CMAKE_CURRENT_LIST_DIR}/plugin.exports)
set(QRY_PLUGIN_STAMP ${CMAKE_CURRENT_LIST_DIR}/QryStampManifest.cmake)
