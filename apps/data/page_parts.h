// The sections that page.cc puts together.
#pragma once

#include <string>

#include "apps/data/page.h"

namespace svla {

std::string FindingsSection(const PageContent& content);
std::string LengthsSection(const PageContent& content);
std::string RangesSection(const PageContent& content);
std::string StatisticsSection(const PageContent& content);

// "<section id=...><h2>...": the page's contents lead there.
std::string SectionHead(const std::string& title);

// A message without the folder of the dataset, which concerns no reader of the page.
std::string WithoutFolder(const PageContent& content, std::string message);

// "episode-3", the anchor of an episode.
std::string AnchorOf(const Episode& episode);

// Its style sheet and its script.
extern const char* const kPageStyle;
extern const char* const kPageScript;

}  // namespace svla
