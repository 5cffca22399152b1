# Plugins with faults, installed as their authors would: a tree of folders, each with library and
# manifest.
set(QRY_FAULTY_TREE ${CMAKE_CURRENT_BINARY_DIR}/tree)
set(QRY_PLUGIN_OUT ${QRY_FAULTY_TREE})
set(QRY_PLUGIN_NO_INSTALL ON)
set(faulty_targets "")

# Recursing for ever, dividing by zero and the like are what they are for. Of the sources, because
# these options must come behind those of the tree.
set_source_files_properties(
    plugins/faulty/verbs.c plugins/faulty/strike.c plugins/faulty/hostile.c
    plugins/faulty/throws.cpp plugins/clash/verbs.c plugins/clash/words.cpp
    PROPERTIES COMPILE_OPTIONS "-w;-O0;-fno-sanitize=all"
)

# faulty(NAME MODEL [PLACE KIND]): MODEL blocking or async; PLACE and KIND: a fault of loading it.
function(faulty FAULTY_NAME FAULTY_MODEL)
    set(manifest ${CMAKE_CURRENT_BINARY_DIR}/${FAULTY_NAME}.json)
    configure_file(plugins/faulty/qry-plugin.json.in ${manifest} @ONLY)
    qry_add_plugin(
        ${FAULTY_NAME}
        SOURCES plugins/faulty/verbs.c plugins/faulty/strike.c plugins/faulty/hostile.c
                plugins/faulty/throws.cpp
        MANIFEST ${manifest}
    )
    string(TOUPPER ${FAULTY_MODEL} model)
    target_compile_definitions(
        qry_plugin_${FAULTY_NAME} PRIVATE FAULTY_NAME="${FAULTY_NAME}"
                                          FAULTY_MODEL=QRY_MODEL_${model}
    )
    if(ARGC GREATER 2)
        target_compile_definitions(
            qry_plugin_${FAULTY_NAME} PRIVATE FAULTY_LOAD_PLACE="${ARGV2}" FAULTY_LOAD_KIND="${ARGV3}"
        )
    endif()
    set_target_properties(qry_plugin_${FAULTY_NAME} PROPERTIES UNITY_BUILD OFF)
    set(faulty_targets ${faulty_targets} qry_plugin_${FAULTY_NAME} PARENT_SCOPE)
endfunction()

faulty(faulty blocking)
faulty(faulty_async async)
faulty(faulty_constructor_block blocking constructor block)
faulty(faulty_constructor_spin blocking constructor spin)
faulty(faulty_constructor_segv blocking constructor segv)
faulty(faulty_constructor_throw blocking constructor throw)
faulty(faulty_init_block blocking init block)
faulty(faulty_init_spin async init spin)
faulty(faulty_init_segv blocking init segv)
faulty(faulty_init_throw blocking init throw)
faulty(faulty_get_driver_block async get_driver block)
faulty(faulty_get_driver_exit blocking get_driver exit)

# clash(NAME [careless]): careless: linked as by somebody who knows no linker flags.
function(clash FAULTY_NAME)
    set(FAULTY_MODEL blocking)
    set(manifest ${CMAKE_CURRENT_BINARY_DIR}/${FAULTY_NAME}.json)
    configure_file(plugins/faulty/qry-plugin.json.in ${manifest} @ONLY)
    qry_add_plugin(
        ${FAULTY_NAME} SOURCES plugins/clash/verbs.c plugins/clash/words.cpp MANIFEST ${manifest}
    )
    target_compile_definitions(qry_plugin_${FAULTY_NAME} PRIVATE CLASH_NAME="${FAULTY_NAME}")
    set_target_properties(qry_plugin_${FAULTY_NAME} PROPERTIES UNITY_BUILD OFF)
    if("careless" IN_LIST ARGN)
        set_target_properties(
            qry_plugin_${FAULTY_NAME}
            PROPERTIES LINK_OPTIONS "" C_VISIBILITY_PRESET default CXX_VISIBILITY_PRESET default
        )
    endif()
    set(faulty_targets ${faulty_targets} qry_plugin_${FAULTY_NAME} PARENT_SCOPE)
endfunction()

clash(clash_one careless)
clash(clash_two careless)
clash(clash_three)

add_custom_target(qry_faulty_tree DEPENDS ${faulty_targets})
