#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <numeric>
#include <optional>

#include "smolvla/base/error.h"
#include "smolvla/data/video_file.h"
#include "smolvla/data/video_output.h"
#include "smolvla/data/video_writer.h"

namespace svla {
namespace {

struct JoinPacket {
  int64_t pts = 0;
  bool key = false;
  bool shown = false;  // false: read only for the sake of others
};

// A file's packets in decoding order, and what is shown in the order of time.
struct Source {
  AVRational unit{0, 1};
  AVRational rate{0, 1};
  std::vector<JoinPacket> packets;
  std::vector<int64_t> shown;  // pts, ascending
  int64_t period = 0;          // of a frame
};

// Packets [begin, end) of a source, and which times are wanted of them.
struct Cut {
  const VideoPart* part = nullptr;
  const Source* source = nullptr;
  size_t begin = 0;
  size_t end = 0;
  std::vector<int64_t> pts;  // of these packets, ascending
  int64_t end_pts = 0;       // where the next part goes on
};

// False at the end of the file. Only packets of the pictures come.
bool NextPacket(const VideoFile& file, AVPacket& packet) {
  for (;;) {
    av_packet_unref(&packet);
    const int code = av_read_frame(file.format.get(), &packet);
    if (code == AVERROR_EOF) return false;
    if (code < 0) Fail(file.name, ": its frames cannot be read: ", FfmpegError(code));
    if (packet.stream_index != file.stream->index) continue;
    if (packet.pts == AV_NOPTS_VALUE && file.stream->codecpar->video_delay == 0)
      packet.pts = packet.dts;
    if (packet.pts == AV_NOPTS_VALUE)
      Fail(file.name, ": a frame says not when it is shown");
    if (packet.flags & AV_PKT_FLAG_CORRUPT)
      Fail(file.name, ": the data of a frame are damaged or cut off");
    if (av_packet_get_side_data(&packet, AV_PKT_DATA_NEW_EXTRADATA, nullptr))
      Fail(file.name, ": the encoder's parameters change within the file");
    return true;
  }
}

// Whether a decoder forgets all before the packet. In H.264 and HEVC only an IDR frame
// does that: other key frames count on from the frame before, whichever it is.
bool StartsAfresh(const AVCodecParameters& parameters, const AVPacket& packet) {
  if (!(packet.flags & AV_PKT_FLAG_KEY)) return false;
  const bool hevc = parameters.codec_id == AV_CODEC_ID_HEVC;
  if (!hevc && parameters.codec_id != AV_CODEC_ID_H264) return true;
  const int at = hevc ? 21 : 4;  // of the byte with the size of lengths in hvcC, avcC
  // Start codes instead of lengths: which kind it is is not looked into.
  if (parameters.extradata_size <= at || parameters.extradata[0] != 1) return true;
  const int64_t lengths = (parameters.extradata[at] & 3) + 1;
  for (int64_t i = 0; i + lengths < packet.size;) {
    int64_t length = 0;
    for (int64_t end = i + lengths; i < end; ++i) length = length << 8 | packet.data[i];
    const int kind = hevc ? packet.data[i] >> 1 & 63 : packet.data[i] & 31;
    if (hevc ? kind == 19 || kind == 20 : kind == 5) return true;
    i += length;
  }
  return false;
}

// The most usual step: the last frame's own duration is often wrong.
int64_t FramePeriod(const VideoFile& file, const std::vector<int64_t>& shown) {
  if (shown.size() < 2) {
    const AVRational rate = file.stream->avg_frame_rate;
    if (rate.num <= 0 || rate.den <= 0) return 1;
    return std::max<int64_t>(1,
                             av_rescale_q(1, av_inv_q(rate), file.stream->time_base));
  }
  std::vector<int64_t> steps;
  for (size_t i = 1; i < shown.size(); ++i) steps.push_back(shown[i] - shown[i - 1]);
  const auto middle = steps.begin() + static_cast<ptrdiff_t>(steps.size() / 2);
  std::nth_element(steps.begin(), middle, steps.end());
  return *middle;
}

Source ReadSource(const VideoFile& file) {
  Source source{file.stream->time_base, file.stream->avg_frame_rate, {}, {}, 0};
  const Ffmpeg<AVPacket> packet(av_packet_alloc());
  std::vector<int64_t> all;
  // Times beyond 30 years are damage; sums of them would not fit.
  const double most = 1e9 / av_q2d(source.unit);
  while (NextPacket(file, *packet)) {
    if (!(std::abs(static_cast<double>(packet->pts)) < most))
      Fail(file.name, ": a frame is shown at ", packet->pts, " ticks");
    const bool shown = !(packet->flags & AV_PKT_FLAG_DISCARD);
    source.packets.push_back(
        {packet->pts, StartsAfresh(*file.stream->codecpar, *packet), shown});
    all.push_back(packet->pts);
    if (shown) source.shown.push_back(packet->pts);
  }
  std::sort(all.begin(), all.end());
  if (std::adjacent_find(all.begin(), all.end()) != all.end())
    Fail(file.name, ": two frames are at the same time");
  if (source.shown.empty()) Fail(file.name, ": expected a video, found no frame in it");
  std::sort(source.shown.begin(), source.shown.end());
  source.period = FramePeriod(file, source.shown);
  return source;
}

// Where the file can be cut: before a key packet that is shown after all before it and
// before all behind it; and at both ends.
std::vector<size_t> CleanCuts(const std::vector<JoinPacket>& packets) {
  std::vector<size_t> cuts{packets.size()};
  int64_t first_behind = INT64_MAX;
  std::vector<int64_t> last_before(packets.size(), INT64_MIN);
  for (size_t i = 1; i < packets.size(); ++i)
    last_before[i] = std::max(last_before[i - 1], packets[i - 1].pts);
  for (size_t i = packets.size() - 1; i > 0; --i) {
    const JoinPacket& packet = packets[i];
    if (packet.key && last_before[i] < packet.pts && packet.pts < first_behind)
      cuts.push_back(i);
    first_behind = std::min(first_behind, packet.pts);
  }
  cuts.push_back(0);
  std::reverse(cuts.begin(), cuts.end());
  return cuts;
}

Cut Widen(const VideoPart& part, const Source& source) {
  const int64_t frames = static_cast<int64_t>(source.shown.size());
  if (part.first < 0 || part.count < 1 || part.first > frames - part.count)
    Fail(part.file.string(), ": expected frames ", part.first, " to ",
         part.first + part.count - 1, ", found ", frames, " frames");
  const int64_t from = source.shown[static_cast<size_t>(part.first)];
  const int64_t to = source.shown[static_cast<size_t>(part.first + part.count - 1)];
  size_t lowest = source.packets.size();
  size_t highest = 0;
  for (size_t i = 0; i < source.packets.size(); ++i) {
    const JoinPacket& packet = source.packets[i];
    if (!packet.shown || packet.pts < from || packet.pts > to) continue;
    lowest = std::min(lowest, i);
    highest = i;
  }
  const std::vector<size_t> cuts = CleanCuts(source.packets);
  Cut cut{&part, &source, 0, 0, {}, 0};
  cut.begin = *(std::upper_bound(cuts.begin(), cuts.end(), lowest) - 1);
  cut.end = *std::upper_bound(cuts.begin(), cuts.end(), highest);
  for (size_t i = cut.begin; i < cut.end; ++i) cut.pts.push_back(source.packets[i].pts);
  std::sort(cut.pts.begin(), cut.pts.end());
  // The frame that follows in the source says best how long the last one is shown.
  cut.end_pts = cut.end < source.packets.size() ? source.packets[cut.end].pts
                                                : cut.pts.back() + source.period;
  return cut;
}

// A unit in which the times of all sources are whole.
AVRational CommonUnit(const std::map<std::filesystem::path, Source>& sources) {
  int64_t per_second = 1;
  for (const auto& [path, source] : sources) {
    per_second = std::lcm(per_second, int64_t{source.unit.den});
    // Finer than mp4 counts: half a microsecond is lost.
    if (per_second > 1 << 30) return {1, 1000000};
  }
  return {1, static_cast<int>(per_second)};
}

// Copies the packets of one part after another.
class Joining {
 public:
  Joining(VideoOutput& output, AVRational unit, const std::vector<Cut>& cuts)
      : output_(output), unit_(unit), packet_(av_packet_alloc()) {
    for (const Cut& cut : cuts)
      for (size_t i = 0; i < cut.pts.size(); ++i)
        delay_ =
            std::max(delay_, Ticks(cut, cut.pts[i]) -
                                 Ticks(cut, cut.source->packets[cut.begin + i].pts));
  }

  // Returns when the first frame wanted is shown.
  double Copy(const Cut& cut) {
    if (!file_ || file_->name != cut.part->file.string() || cut.begin < at_) {
      file_.emplace(OpenVideoFile(cut.part->file));
      at_ = 0;
    }
    for (; at_ < cut.end; ++at_) {
      if (!NextPacket(*file_, *packet_) || packet_->pts != cut.source->packets[at_].pts)
        Fail(file_->name, ": the file changed while it was read");
      if (at_ >= cut.begin) Write(cut);
    }
    const int64_t wanted = cut.source->shown[static_cast<size_t>(cut.part->first)];
    const int64_t start = offset_ + Ticks(cut, wanted);
    offset_ += Ticks(cut, cut.end_pts);
    if (offset_ > INT64_MAX / 8) Fail(file_->name, ": the parts are too long together");
    return static_cast<double>(start) * av_q2d(unit_);
  }

 private:
  int64_t Ticks(const Cut& cut, int64_t pts) const {
    return av_rescale_q(pts - cut.pts.front(), cut.source->unit, unit_);
  }

  // Decoding times are those of showing in their order, all earlier by one delay: they
  // ascend and are uniform whatever the sources had.
  void Write(const Cut& cut) {
    const size_t i = at_ - cut.begin;
    const int64_t shown = Ticks(cut, cut.pts[i]);
    const int64_t next =
        Ticks(cut, i + 1 < cut.pts.size() ? cut.pts[i + 1] : cut.end_pts);
    packet_->pts = offset_ + Ticks(cut, packet_->pts);
    packet_->dts = offset_ + shown - delay_;
    packet_->duration = next - shown;
    // What the source did not show is shown here, before the part's start.
    packet_->flags &= ~AV_PKT_FLAG_DISCARD;
    output_.Write(*packet_);
  }

  VideoOutput& output_;
  AVRational unit_;
  Ffmpeg<AVPacket> packet_;
  std::optional<VideoFile> file_;
  size_t at_ = 0;       // the packet of file_ that comes next
  int64_t offset_ = 0;  // where the part begins
  int64_t delay_ = 0;
};

bool SameParameters(const AVCodecParameters& a, const AVCodecParameters& b) {
  return a.codec_id == b.codec_id && a.width == b.width && a.height == b.height &&
         a.format == b.format && a.profile == b.profile &&
         a.color_range == b.color_range && a.color_space == b.color_space &&
         a.extradata_size == b.extradata_size &&
         (a.extradata_size == 0 ||
          std::memcmp(a.extradata, b.extradata,
                      static_cast<size_t>(a.extradata_size)) == 0);
}

}  // namespace

bool CanJoin(const std::filesystem::path& a, const std::filesystem::path& b) {
  const VideoFile first = OpenVideoFile(a);
  const VideoFile second = OpenVideoFile(b);
  return SameParameters(*first.stream->codecpar, *second.stream->codecpar);
}

std::vector<double> JoinVideos(const std::vector<VideoPart>& parts,
                               const std::filesystem::path& to) {
  SVLA_CHECK(!parts.empty());
  const VideoFile first = OpenVideoFile(parts.front().file);
  std::map<std::filesystem::path, Source> sources;
  for (const VideoPart& part : parts) {
    if (sources.contains(part.file)) continue;
    const VideoFile file = OpenVideoFile(part.file);
    if (!SameParameters(*first.stream->codecpar, *file.stream->codecpar))
      Fail(file.name, ": cannot be joined with ", first.name,
           " without encoding again: codec, size or parameters differ");
    sources.emplace(part.file, ReadSource(file));
  }
  std::vector<Cut> cuts;
  for (const VideoPart& part : parts)
    cuts.push_back(Widen(part, sources.at(part.file)));
  const AVRational unit = CommonUnit(sources);
  VideoOutput output(to, *first.stream->codecpar, unit, first.stream->avg_frame_rate);
  Joining joining(output, unit, cuts);
  std::vector<double> starts;
  for (const Cut& cut : cuts) starts.push_back(joining.Copy(cut));
  output.Close();
  return starts;
}

}  // namespace svla
