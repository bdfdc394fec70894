# How every target of the project is built: the standard, the warnings, the sanitizers, the output folder.
include(GNUInstallDirs)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release)
endif()

set(SEMBLANCE_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize= (address,undefined or thread)")
option(SEMBLANCE_COVERAGE "Count the lines that run" OFF)

find_program(SEMBLANCE_CCACHE ccache)
if(PROJECT_IS_TOP_LEVEL AND SEMBLANCE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${SEMBLANCE_CCACHE})
endif()

add_library(semblance_flags INTERFACE)
# A result must not depend on whether the compiler fuses a multiplication with an addition.
target_compile_options(semblance_flags INTERFACE -ffp-contract=off -Wall -Wextra -Wpedantic -Wshadow
                                                 -Wnon-virtual-dtor -Wold-style-cast -Wconversion)
if(SEMBLANCE_WERROR)
  target_compile_options(semblance_flags INTERFACE -Werror)
endif()
if(SEMBLANCE_SANITIZE)
  target_compile_options(semblance_flags INTERFACE -fsanitize=${SEMBLANCE_SANITIZE} -fno-sanitize-recover=all
                                                   -fno-omit-frame-pointer)
  target_link_options(semblance_flags INTERFACE -fsanitize=${SEMBLANCE_SANITIZE})
endif()
if(SEMBLANCE_COVERAGE)
  # Counters are atomic: the stages run threads.
  target_compile_options(semblance_flags INTERFACE --coverage -fprofile-update=atomic)
  target_link_options(semblance_flags INTERFACE --coverage)
endif()

# What a target may link: a stage only after it was added, so that a dependency on a later stage stops here. Libraries
# that are headers alone are needed to build Semblance, not to link it, so they stay out of the installed package.
function(semblance_links result)
  set(links)
  foreach(link IN LISTS ARGN)
    if(link MATCHES "^semblance(::|_)" AND NOT TARGET ${link})
      message(FATAL_ERROR "${CMAKE_CURRENT_SOURCE_DIR}: links ${link}, which is no stage before it")
    endif()
    if(TARGET ${link} AND NOT link MATCHES "^semblance")
      get_target_property(type ${link} TYPE)
      get_target_property(needs ${link} INTERFACE_LINK_LIBRARIES)
      if(type STREQUAL INTERFACE_LIBRARY AND NOT needs)
        set(link $<BUILD_INTERFACE:${link}>)
      endif()
    endif()
    list(APPEND links ${link})
  endforeach()
  set(${result} ${links} PARENT_SCOPE)
endfunction()

# semblance_stage(NAME LINKS a b PRIVATE_LINKS x y): the static library semblance_NAME (alias semblance::NAME)
# from every .cpp below the current folder. LINKS are earlier stages or libraries.
function(semblance_stage name)
  cmake_parse_arguments(arg "" "" "LINKS;PRIVATE_LINKS" ${ARGN})
  semblance_links(links ${arg_LINKS})
  semblance_links(private_links ${arg_PRIVATE_LINKS})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  set_property(GLOBAL APPEND PROPERTY SEMBLANCE_STAGES ${name})
  if(NOT sources)
    add_library(semblance_${name} INTERFACE)
    add_library(semblance::${name} ALIAS semblance_${name})
    set_target_properties(semblance_${name} PROPERTIES EXPORT_NAME ${name})
    return()
  endif()
  add_library(semblance_${name} STATIC ${sources})
  add_library(semblance::${name} ALIAS semblance_${name})
  set_target_properties(semblance_${name} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(semblance_${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                                      $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
                                               PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_compile_features(semblance_${name} PUBLIC cxx_std_20)
  target_link_libraries(semblance_${name} PUBLIC ${links} PRIVATE $<BUILD_INTERFACE:semblance_flags>
                                                 ${private_links})
endfunction()

# For code that runs once per option or file, never once per pair: -O1 compiles it in two thirds of the time.
function(semblance_cold target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
endfunction()

# Seconds a test may take: a multiple of what it takes in a release build, more where every step costs more.
set(gtest_timeout 300)
set(pytest_timeout 600)
if(SEMBLANCE_SANITIZE OR SEMBLANCE_COVERAGE)
  set(gtest_timeout 1200)
  set(pytest_timeout 2400)
endif()
if(SEMBLANCE_LONG_TESTS)
  set(gtest_timeout 7200)
  set(pytest_timeout 7200)
endif()

# semblance_test(NAME [APART] LINKS ...): the test program test_NAME from every .cpp of the current folder. APART: never
# several files compiled as one, since they have names in common.
function(semblance_test name)
  cmake_parse_arguments(arg "APART" "" "LINKS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_executable(test_${name} ${sources})
  target_include_directories(test_${name} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(test_${name} PRIVATE semblance_flags ${arg_LINKS} GTest::gtest_main GTest::gmock)
  semblance_cold(test_${name})
  if(arg_APART)
    set_target_properties(test_${name} PROPERTIES UNITY_BUILD OFF)
  endif()
  set(record)
  if(SEMBLANCE_LONG_TESTS)  # what a test records, in a file of its own: tests run side by side
    set(record XML_OUTPUT_DIR ${CMAKE_BINARY_DIR}/long)
  endif()
  gtest_discover_tests(test_${name} TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60 ${record}
                       PROPERTIES TIMEOUT ${gtest_timeout})
endfunction()

# semblance_pytest(FILE): one pytest file as one ctest test; the program under test is $SEMBLANCE. A file that skips
# without failing is counted as skipped by ctest, too (tests/conftest.py), so that missing real data is seen.
function(semblance_pytest file)
  get_filename_component(stem ${file} NAME_WE)
  add_test(NAME py.${stem} COMMAND ${Python3_EXECUTABLE} -m pytest -q -rs -p no:cacheprovider
                                   --rootdir=${PROJECT_SOURCE_DIR}/tests --confcutdir=${PROJECT_SOURCE_DIR}/tests
                                   ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  set_tests_properties(py.${stem} PROPERTIES TIMEOUT ${pytest_timeout} SKIP_RETURN_CODE 77 ENVIRONMENT
    "SEMBLANCE=${CMAKE_BINARY_DIR}/bin/semblance;SEMBLANCE_SOURCE=${PROJECT_SOURCE_DIR};PYTHONDONTWRITEBYTECODE=1")
endfunction()
