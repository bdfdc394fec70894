# Cards as constants of a C++ source: semblance_embed_cards(TARGET FILE...) adds to the target the function
# shipped_cards() of semblance/models.hpp, one entry a file in their order.
if(CMAKE_SCRIPT_MODE_FILE)
  set(content "#include \"semblance/models.hpp\"\n\nnamespace semblance {\n\n")
  string(APPEND content "const std::vector<ShippedCard>& shipped_cards() {\n  static const std::vector<ShippedCard> cards = {\n")
  foreach(file IN LISTS FILES)
    get_filename_component(name ${file} NAME)
    file(READ ${file} text)
    string(APPEND content "      {\"${name}\", R\"semblance(${text})semblance\"},\n")
  endforeach()
  string(APPEND content "  };\n  return cards;\n}\n\n}  // namespace semblance\n")
  file(WRITE ${OUTPUT} "${content}")
  return()
endif()

set(SEMBLANCE_EMBED_CARDS ${CMAKE_CURRENT_LIST_FILE})
function(semblance_embed_cards target)
  set(embedded ${CMAKE_CURRENT_BINARY_DIR}/shipped_cards.cpp)
  add_custom_command(
    OUTPUT ${embedded}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${embedded} "-DFILES=${ARGN}" -P ${SEMBLANCE_EMBED_CARDS}
    DEPENDS ${ARGN} ${SEMBLANCE_EMBED_CARDS}
    COMMENT "Embedding the cards"
    VERBATIM)
  target_sources(${target} PRIVATE ${embedded})
endfunction()
