# Apache Arrow and Parquet, which Debian 12 has no package of, from the wheel that PyPI
# serves for Python: it holds the shared libraries and the headers. The wheel is fetched
# by scripts/install_dependencies.sh and unpacked here, beside itself; no Python runs.
#
# Defines Parquet::parquet. ARROW_WHEEL names another wheel of the same version.

set(ARROW_WHEEL_VERSION 26.0.1)
set(_cache "$ENV{XDG_CACHE_HOME}")
if(NOT _cache)
  set(_cache "$ENV{HOME}/.cache")
endif()
set(ARROW_WHEEL
    "${_cache}/smolvla/pyarrow-${ARROW_WHEEL_VERSION}-cp311-cp311-manylinux_2_28_x86_64.whl"
    CACHE FILEPATH "the pyarrow wheel that Arrow is taken from")

get_filename_component(_beside "${ARROW_WHEEL}" DIRECTORY)
set(_root "${_beside}/arrow-${ARROW_WHEEL_VERSION}")
if(NOT EXISTS "${_root}/.complete" AND EXISTS "${ARROW_WHEEL}")
  file(REMOVE_RECURSE "${_root}")
  file(ARCHIVE_EXTRACT INPUT "${ARROW_WHEEL}" DESTINATION "${_root}"
       PATTERNS "pyarrow/include/*" "pyarrow/libarrow.so.*" "pyarrow/libparquet.so.*"
                "*dist-info*")
  file(TOUCH "${_root}/.complete")
endif()

# The wheel has no links without a version, so the libraries go by their full names.
file(GLOB ArrowWheel_LIBRARY "${_root}/pyarrow/libarrow.so.*")
file(GLOB ArrowWheel_PARQUET_LIBRARY "${_root}/pyarrow/libparquet.so.*")
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(ArrowWheel REQUIRED_VARS ArrowWheel_LIBRARY
                                  ArrowWheel_PARQUET_LIBRARY)
if(ArrowWheel_FOUND AND NOT TARGET Parquet::parquet)
  add_library(Arrow::arrow SHARED IMPORTED)
  set_target_properties(Arrow::arrow PROPERTIES
    IMPORTED_LOCATION "${ArrowWheel_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${_root}/pyarrow/include")
  # libparquet exports the whole of an OpenSSL of its own. The system's must come before
  # it, or a program that uses both would run the wheel's without knowing.
  add_library(Parquet::parquet SHARED IMPORTED)
  set_target_properties(Parquet::parquet PROPERTIES
    IMPORTED_LOCATION "${ArrowWheel_PARQUET_LIBRARY}"
    INTERFACE_LINK_LIBRARIES Arrow::arrow
    INTERFACE_LINK_OPTIONS
      "LINKER:--push-state,--no-as-needed,-l:libssl.so.3,-l:libcrypto.so.3,--pop-state")
endif()
