# Text files as string constants of a C++ source, so that the program needs no file beside itself.
#
# semblance_embed(TARGET NAME HEADER NAMESPACE CONSTANT FILE [FILE...] CONSTANT FILE ...) adds NAME.cpp to the target:
# every CONSTANT (its name begins with k) is a std::string_view that HEADER declares in NAMESPACE, of the files after it
# joined.
if(CMAKE_SCRIPT_MODE_FILE)
  set(content "#include \"${HEADER}\"\n\nnamespace ${NAMESPACE} {\n\n")
  set(constant "")
  foreach(part IN LISTS PARTS)
    if(part MATCHES "^k[A-Za-z]+$")
      if(constant)
        string(APPEND content "const std::string_view ${constant} = R\"semblance(${text})semblance\";\n\n")
      endif()
      set(constant ${part})
      set(text "")
    else()
      file(READ ${part} read)
      string(APPEND text "${read}")
    endif()
  endforeach()
  string(APPEND content "const std::string_view ${constant} = R\"semblance(${text})semblance\";\n\n")
  string(APPEND content "}  // namespace ${NAMESPACE}\n")
  file(WRITE ${OUTPUT} "${content}")
  return()
endif()

set(SEMBLANCE_EMBED ${CMAKE_CURRENT_LIST_FILE})
function(semblance_embed target name header namespace)
  set(embedded ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
  set(files ${ARGN})
  list(FILTER files EXCLUDE REGEX "^k[A-Za-z]+$")
  add_custom_command(
    OUTPUT ${embedded}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${embedded} -DHEADER=${header} -DNAMESPACE=${namespace} "-DPARTS=${ARGN}"
            -P ${SEMBLANCE_EMBED}
    DEPENDS ${files} ${SEMBLANCE_EMBED}
    COMMENT "Embedding the pages of ${target}"
    VERBATIM)
  target_sources(${target} PRIVATE ${embedded})
endfunction()
