// The entry point of every test executable; compiled once.
//
// A test that finds nothing to work on (data that does not ship with the repository) prints "SKIPPED: reason" and
// returns; tools/test then counts it as skipped.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
