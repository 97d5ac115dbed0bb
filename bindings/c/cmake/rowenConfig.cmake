# find_package(rowen) gives the target rowen::rowen.
get_filename_component(_rowen_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
if(NOT TARGET rowen::rowen)
  add_library(rowen::rowen SHARED IMPORTED)
  set_target_properties(rowen::rowen PROPERTIES
    IMPORTED_LOCATION "${_rowen_prefix}/lib/librowen.so"
    INTERFACE_INCLUDE_DIRECTORIES "${_rowen_prefix}/include")
endif()
unset(_rowen_prefix)
