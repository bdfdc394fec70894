# What `cmake --install` puts down: the stages as static libraries, the public headers, and a package that
# find_package(semblance CONFIG) finds. The program installs itself (cli/CMakeLists.txt).
include(CMakePackageConfigHelpers)

get_property(stages GLOBAL PROPERTY SEMBLANCE_STAGES)
list(TRANSFORM stages PREPEND semblance_)

# All stages in one name: semblance::semblance. (The program's target has the plain name.)
add_library(semblance_all INTERFACE)
add_library(semblance::semblance ALIAS semblance_all)
set_target_properties(semblance_all PROPERTIES EXPORT_NAME semblance)
target_link_libraries(semblance_all INTERFACE ${stages})

set(semblance_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/semblance)
install(TARGETS ${stages} semblance_all EXPORT semblanceTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY matchers/ DESTINATION ${CMAKE_INSTALL_DATADIR}/semblance/matchers)
install(DIRECTORY include/semblance DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")
install(EXPORT semblanceTargets NAMESPACE semblance:: DESTINATION ${semblance_package_dir})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/semblanceConfig.cmake.in
                              ${CMAKE_CURRENT_BINARY_DIR}/semblanceConfig.cmake
                              INSTALL_DESTINATION ${semblance_package_dir})
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/semblanceConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/semblanceConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/semblanceConfigVersion.cmake
        DESTINATION ${semblance_package_dir})
