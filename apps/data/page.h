// A dataset as one HTML file that needs nothing else: no network, no other file. It is
// written in parts, so that no more than one episode is held at a time.
//
//   std::string page = PageTop(content);
//   for (...) page += PageEpisode(content, ViewEpisode(...));
//   page += PageEnd(content);
//
// Whatever comes from the dataset is escaped.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/data/episode_view.h"
#include "apps/data/overview.h"
#include "apps/data/summary.h"
#include "smolvla/curate/verify.h"
#include "smolvla/policy/dataset_statistics.h"

namespace svla {

struct PageContent {
  std::string name;  // of the dataset
  const Dataset* dataset = nullptr;
  DatasetSummary summary;
  PlottedJoints joints;
  Overview overview;
  std::optional<Verification> verification;     // none if it was not wanted
  std::optional<DatasetStatistics> statistics;  // none if there is none
  std::string statistics_missing;               // or why they cannot be read
  std::vector<const Episode*> shown;            // with pictures and curves
};

std::string PageTop(const PageContent& content);
std::string PageEpisode(const PageContent& content, const EpisodeView& view);
std::string PageEnd(const PageContent& content);

}  // namespace svla
