# cmake -DOUTPUT=file.cpp -DPARTS="kPage=page.html;kReportScript=a.js+b.js" -P embed.cmake
# Writes files, joined where several are named, as the string constants of report/page_parts.hpp.
set(content "#include \"report/page_parts.hpp\"\n\nnamespace semblance::report_stage {\n\n")
foreach(part ${PARTS})
  string(REGEX MATCH "^([^=]+)=(.*)$" matched "${part}")
  set(constant ${CMAKE_MATCH_1})
  string(REPLACE "+" ";" files "${CMAKE_MATCH_2}")
  # A literal is kept short: compilers limit their length, adjacent ones are joined.
  set(text "")
  foreach(file ${files})
    file(READ "${file}" piece)
    string(APPEND text "R\"semblance(${piece})semblance\"\n")
  endforeach()
  string(APPEND content "const std::string_view ${constant} = ${text};\n\n")
endforeach()
string(APPEND content "}  // namespace semblance::report_stage\n")
file(WRITE ${OUTPUT} "${content}")
