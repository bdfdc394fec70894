# Run by ctest: see CMakeLists.txt. Every step stops the test when it fails.
file(REMOVE_RECURSE ${SCRATCH})
file(MAKE_DIRECTORY ${SCRATCH})

execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${SCRATCH}/staging OUTPUT_QUIET
                COMMAND_ERROR_IS_FATAL ANY)
# A package that holds paths of the build or of its first prefix fails from here on.
file(RENAME ${SCRATCH}/staging ${SCRATCH}/prefix)
execute_process(COMMAND grep -rlF -e ${BUILD} -e ${SCRATCH}/staging ${SCRATCH}/prefix --include=*.cmake
                OUTPUT_VARIABLE leaking)
if(leaking)
  message(FATAL_ERROR "installed files name folders of the build: ${leaking}")
endif()

execute_process(COMMAND ${CMAKE_COMMAND} -G ${GENERATOR} -S ${SOURCE} -B ${SCRATCH}/build
                        -DCMAKE_PREFIX_PATH=${SCRATCH}/prefix -DCMAKE_CXX_COMPILER=${COMPILER}
                        -DCMAKE_EXPORT_COMPILE_COMMANDS=ON
                COMMAND_ERROR_IS_FATAL ANY)
file(READ ${SCRATCH}/build/compile_commands.json commands)
if(commands MATCHES "-Wconversion|-Werror|-ffp-contract")
  message(FATAL_ERROR "the library's own compiler flags leak into its users' builds: ${commands}")
endif()
execute_process(COMMAND ${CMAKE_COMMAND} --build ${SCRATCH}/build COMMAND_ERROR_IS_FATAL ANY)

file(MAKE_DIRECTORY ${SCRATCH}/run)
foreach(program ${SCRATCH}/build/consumer "${SCRATCH}/prefix/bin/semblance;--version")
  execute_process(COMMAND ${program} WORKING_DIRECTORY ${SCRATCH}/run OUTPUT_VARIABLE printed COMMAND_ERROR_IS_FATAL ANY)
  string(FIND "${printed}" "${VERSION}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "${program} does not name version ${VERSION}: ${printed}")
  endif()
endforeach()
