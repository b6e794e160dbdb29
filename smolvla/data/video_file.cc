#include "smolvla/data/video_file.h"

#include <algorithm>
#include <fstream>

#include "smolvla/base/error.h"
#include "smolvla/data/lfs_pointer.h"
#include "smolvla/policy/picture.h"

namespace svla {
namespace {

// A recorder writes "moov", the index, last: without it the rest cannot be read.
bool LacksMoov(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  bool mp4 = false;
  for (int boxes = 0; boxes < 1000; ++boxes) {
    unsigned char head[16] = {};
    if (!in.read(reinterpret_cast<char*>(head), 8)) return mp4;
    const std::string kind(reinterpret_cast<char*>(head) + 4, 4);
    if (boxes == 0 && kind != "ftyp") return false;
    mp4 = true;
    if (kind == "moov") return false;
    uint64_t size = 0;
    int header = 8;
    for (int i = 0; i < 4; ++i) size = size << 8 | head[i];
    if (size == 1) {
      if (!in.read(reinterpret_cast<char*>(head) + 8, 8)) return mp4;
      size = 0;
      header = 16;
      for (int i = 8; i < 16; ++i) size = size << 8 | head[i];
    }
    if (size < 8) return mp4;  // 0: to the end of the file
    in.seekg(static_cast<std::streamoff>(size) - header, std::ios::cur);
  }
  return false;
}

void CheckIsFile(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) Fail(path.string(), ": there is no such file");
  if (std::filesystem::is_directory(status))
    Fail(path.string(), ": expected a video file, found a folder");
  if (!std::filesystem::is_regular_file(status))
    Fail(path.string(), ": expected a video file, found no regular file");
  const auto size = std::filesystem::file_size(path, error);
  if (!error && size == 0)
    Fail(path.string(), ": expected a video file, found an empty file");
}

Ffmpeg<AVFormatContext> OpenFormat(const std::filesystem::path& path) {
  AVDictionary* options = nullptr;
  // A playlist could name other files, and other machines.
  av_dict_set(&options, "format_whitelist", "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi",
              0);
  av_dict_set(&options, "protocol_whitelist", "file", 0);
  AVFormatContext* raw = nullptr;
  const int code = avformat_open_input(&raw, ("file:" + path.string()).c_str(),
                                       /*fmt=*/nullptr, &options);
  av_dict_free(&options);
  Ffmpeg<AVFormatContext> format(raw);
  if (code >= 0) return format;
  RefuseLfsPointer(path);
  if (LacksMoov(path))
    Fail(path.string(),
         ": an mp4 file without its index (\"moov\"): the recording was not finished, "
         "or the file was cut off");
  Fail(path.string(), ": expected a video file (mp4, Matroska or AVI): ",
       code == AVERROR(EINVAL) ? "it is none of them" : FfmpegError(code));
}

void FindStreamFacts(AVFormatContext& format, const std::string& name) {
  const unsigned before = format.nb_streams;
  std::vector<AVDictionary*> options(before, nullptr);
  for (AVDictionary*& each : options)
    av_dict_set_int(&each, "max_pixels", kMostPicturePixels, 0);
  const int code =
      avformat_find_stream_info(&format, before ? options.data() : nullptr);
  for (AVDictionary*& each : options) av_dict_free(&each);
  if (code < 0) Fail(name, ": no video can be read from it: ", FfmpegError(code));
}

VideoFacts FactsOf(const AVFormatContext& format, const AVStream& stream) {
  const AVCodecParameters& p = *stream.codecpar;
  VideoFacts facts;
  facts.codec = avcodec_get_name(p.codec_id);
  const char* pixels = av_get_pix_fmt_name(static_cast<AVPixelFormat>(p.format));
  facts.pixel_format = pixels ? pixels : "";
  facts.width = p.width;
  facts.height = p.height;
  if (stream.avg_frame_rate.den > 0) facts.fps = av_q2d(stream.avg_frame_rate);
  if (stream.duration != AV_NOPTS_VALUE)
    facts.duration_s = static_cast<double>(stream.duration) * av_q2d(stream.time_base);
  else if (format.duration != AV_NOPTS_VALUE)
    facts.duration_s = static_cast<double>(format.duration) / AV_TIME_BASE;
  for (unsigned i = 0; i < format.nb_streams; ++i)
    facts.audio |= format.streams[i]->codecpar->codec_type == AVMEDIA_TYPE_AUDIO;
  return facts;
}

bool IsOrdered(const VideoFile& file) {
  if (file.stream->codecpar->video_delay != 0) return false;
  const Ffmpeg<AVPacket> packet(av_packet_alloc());
  for (int seen = 0; seen < 8 && av_read_frame(file.format.get(), packet.get()) >= 0;) {
    const bool ours = packet->stream_index == file.stream->index;
    const bool same = packet->pts == packet->dts;
    av_packet_unref(packet.get());
    if (ours && !same) return false;
    seen += ours ? 1 : 0;
  }
  return true;
}

// The container's own index, if it holds all packets; otherwise empty.
std::vector<PacketTime> ListedPackets(const VideoFile& file) {
  std::vector<PacketTime> packets;
  const int count = avformat_index_get_entries_count(file.stream);
  const std::string kind = file.format->iformat->name;
  // Matroska lists key frames only, and a fragmented mp4 what was read so far.
  if (kind.rfind("mov", 0) != 0 || count != file.stream->nb_frames || !IsOrdered(file))
    return packets;
  packets.reserve(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    const AVIndexEntry* entry = avformat_index_get_entry(file.stream, i);
    if (entry->flags & AVINDEX_DISCARD_FRAME) continue;
    packets.push_back(
        {entry->timestamp, entry->timestamp, (entry->flags & AVINDEX_KEYFRAME) != 0});
  }
  return packets;
}

std::vector<PacketTime> ScannedPackets(const VideoFile& file) {
  if (const int code = av_seek_frame(file.format.get(), file.stream->index,
                                     INT64_MIN / 2, AVSEEK_FLAG_BACKWARD);
      code < 0)
    avformat_seek_file(file.format.get(), -1, INT64_MIN, 0, INT64_MAX, 0);
  std::vector<PacketTime> packets;
  const Ffmpeg<AVPacket> packet(av_packet_alloc());
  while (av_read_frame(file.format.get(), packet.get()) >= 0) {
    const bool ours = packet->stream_index == file.stream->index &&
                      !(packet->flags & AV_PKT_FLAG_DISCARD);
    PacketTime time{packet->pts, packet->dts, (packet->flags & AV_PKT_FLAG_KEY) != 0};
    av_packet_unref(packet.get());
    if (!ours) continue;
    if (time.pts == AV_NOPTS_VALUE && file.stream->codecpar->video_delay == 0)
      time.pts = time.dts;
    if (time.pts == AV_NOPTS_VALUE)
      Fail(file.name, ": packet ", packets.size(), " says not when it is shown");
    if (time.dts == AV_NOPTS_VALUE) time.dts = time.pts;
    packets.push_back(time);
  }
  return packets;
}

}  // namespace

VideoFile OpenVideoFile(const std::filesystem::path& path) {
  QuietFfmpeg();
  CheckIsFile(path);
  VideoFile file{path.string(), OpenFormat(path), nullptr, {}};
  AVFormatContext& format = *file.format;
  FindStreamFacts(format, file.name);
  for (unsigned i = 0; i < format.nb_streams; ++i) {
    AVStream* stream = format.streams[i];
    const bool picture = stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO &&
                         !(stream->disposition & AV_DISPOSITION_ATTACHED_PIC);
    if (picture && !file.stream)
      file.stream = stream;
    else
      stream->discard = AVDISCARD_ALL;
  }
  if (!file.stream) Fail(file.name, ": expected a video, found no pictures in it");
  file.facts = FactsOf(format, *file.stream);
  const auto fits = [](int64_t side) { return side >= 1 && side <= kMostPictureSide; };
  const auto& [width, height] = std::pair(file.facts.width, file.facts.height);
  if (!fits(width) || !fits(height) || width * height > kMostPicturePixels)
    Fail(file.name, ": pictures of ", width, "x", height,
         " pixels; expected sides from 1 to ", kMostPictureSide, " and at most ",
         kMostPicturePixels, " pixels");
  return file;
}

VideoIndex IndexVideo(const VideoFile& file) {
  VideoIndex index;
  index.packets = ListedPackets(file);
  if (index.packets.empty()) index.packets = ScannedPackets(file);
  if (index.packets.empty())
    Fail(file.name, ": expected a video, found no frame in it");
  std::vector<PacketTime> shown = index.packets;
  std::stable_sort(
      shown.begin(), shown.end(),
      [](const PacketTime& a, const PacketTime& b) { return a.pts < b.pts; });
  for (size_t i = 0; i < shown.size(); ++i) {
    if (i > 0 && shown[i].pts == shown[i - 1].pts)
      Fail(file.name, ": frames ", i - 1, " and ", i, " are shown at the same time, ",
           static_cast<double>(shown[i].pts) * av_q2d(file.stream->time_base), " s");
    index.pts.push_back(shown[i].pts);
    if (!shown[i].key) continue;
    index.keys.push_back(static_cast<int64_t>(i));
    index.key_dts.push_back(shown[i].dts);
  }
  return index;
}

}  // namespace svla
