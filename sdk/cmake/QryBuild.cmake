# Settings that every target of this project shares, as one interface target and three functions.

option(QRY_WERROR "Warnings are errors" OFF)
option(QRY_FUZZ "Instrument for libFuzzer and build its programs; needs clang" OFF)

add_library(qry_flags INTERFACE)
target_compile_features(qry_flags INTERFACE cxx_std_20 c_std_11)
target_compile_options(
    qry_flags
    INTERFACE
        -Wall -Wextra -Wpedantic -Wshadow
        # C files would warn about the option.
        $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>
        # Designated initialisers leave members out on purpose.
        -Wno-missing-field-initializers
        # Once it inlines std::string, GCC 12 sees overlaps and bounds where there are none (its
        # bugs 105329, 105651); the Debug presets keep these warnings.
        $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
        $<$<CONFIG:Release>:-Wno-array-bounds;-Wno-maybe-uninitialized;-Wno-stringop-overflow>
        $<$<BOOL:${QRY_WERROR}>:-Werror>
        # Crash rather than go on once memory is damaged.
        -fstack-protector-strong
)
target_link_options(qry_flags INTERFACE -Wl,-z,relro,-z,now -Wl,--as-needed)
if(NOT QRY_SANITIZE)
    # Needs optimisation; sanitizers bring their own checks. 3 is known to GCC 12 and later.
    target_compile_options(qry_flags INTERFACE $<$<CONFIG:Release>:-D_FORTIFY_SOURCE=3>)
else()
    target_compile_options(
        qry_flags INTERFACE "-fsanitize=${QRY_SANITIZE}" -fno-omit-frame-pointer
                            -fno-sanitize-recover=all
    )
    target_link_options(qry_flags INTERFACE "-fsanitize=${QRY_SANITIZE}")
endif()
if(QRY_FUZZ)
    # Coverage in everything; only the programs of tests/fuzz link libFuzzer itself.
    target_compile_options(qry_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)

# The presets compile most sources of a target eight at a time, for a third of the time. A build
# without CMAKE_UNITY_BUILD compiles each by itself, and sees missing includes and shadowed names.
set(CMAKE_UNITY_BUILD_BATCH_SIZE 8)
if(CMAKE_UNITY_BUILD)
    # Both speak of one file's local names in another's.
    target_compile_options(
        qry_flags INTERFACE -Wno-shadow
                            $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-subobject-linkage>
    )
endif()

# qry_separate(FILE…): sources of this folder whose file-local names others have too.
function(qry_separate)
    set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

# qry_static(NAME SOURCES … [INCLUDE DIR] [PUBLIC LIBS…] [PRIVATE LIBS…])
# One folder, one static library. INCLUDE is the public include root, if it has one.
function(qry_static name)
    cmake_parse_arguments(arg "" "INCLUDE" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
    add_library(${name} STATIC ${arg_SOURCES})
    if(arg_INCLUDE)
        target_include_directories(${name} PUBLIC $<BUILD_INTERFACE:${arg_INCLUDE}>)
    endif()
    target_compile_features(${name} PUBLIC cxx_std_20)
    target_link_libraries(
        ${name} PUBLIC ${arg_PUBLIC} PRIVATE $<BUILD_INTERFACE:qry_flags> ${arg_PRIVATE}
    )
endfunction()

# All that the ThreadSanitizer preset has to build.
add_custom_target(concurrent_tests)

# qry_quick_build(NAME): for code of tests, which is most of what a build compiles and takes no time
# to run: -O1, and two checks fewer of each pointer that is followed. What is tested has all.
function(qry_quick_build name)
    string(FIND "${QRY_SANITIZE}" undefined undefined)
    target_compile_options(
        ${name} PRIVATE $<$<CONFIG:Release>:-O1>
                        $<$<NOT:$<EQUAL:${undefined},-1>>:-fno-sanitize=null,vptr>
    )
endfunction()

# qry_test(NAME SOURCES … LIBS … [LABELS …]): one Catch2 program, one ctest entry.
# The program's folder of sources mirrors the tree that it tests.
function(qry_test name)
    cmake_parse_arguments(arg "" "" "SOURCES;LIBS;LABELS;ENVIRONMENT" ${ARGN})
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE qry_flags qry_catch_main ${arg_LIBS})
    if("concurrent" IN_LIST arg_LABELS)
        add_dependencies(concurrent_tests ${name})
    endif()
    # Two seconds a file otherwise; once for all programs.
    target_precompile_headers(${name} REUSE_FROM qry_test_headers)
    qry_quick_build(${name})
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(
        ${name} PROPERTIES TIMEOUT 300 LABELS "${arg_LABELS}" ENVIRONMENT "${arg_ENVIRONMENT}"
    )
endfunction()
