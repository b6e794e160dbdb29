#include "apps/commands.h"

int main(int argc, char** argv) { return svla::RunCommandLine(argc, argv); }
