// The subcommands of `smolvla data`, each in its file.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "smolvla/data/dataset.h"

namespace svla {

void AddDataInfo(CLI::App& data);
void AddDataFrame(CLI::App& data);
void AddDataShow(CLI::App& data);
void AddDataVerify(CLI::App& data);
void AddDataBench(CLI::App& data);
void AddDataStats(CLI::App& data);
void AddDataRepair(CLI::App& data);
void AddDataConvert(CLI::App& data);
void AddDataMerge(CLI::App& data);
void AddDataSplit(CLI::App& data);
void AddDataDelete(CLI::App& data);
void AddDataRename(CLI::App& data);

// DIR of a command: a folder or a repo id.
void AddDatasetArgument(CLI::App& command, std::string& to);
// The folder that it means. What an interrupted recording has left is completed first.
std::filesystem::path OpenFolder(const std::string& named);
void AddThreadsOption(CLI::App& command, int& to);  // of a decoder
void AddJsonFlag(CLI::App& command, bool& to);
void AddForceFlag(CLI::App& command, bool& to);
// Refuses now what could not be written at the end of long work, and without `force` a
// file that is there.
void CheckMayWrite(const std::string& path, bool force);

}  // namespace svla
