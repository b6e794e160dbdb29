#include "smolvla/data/video_output.h"

#include "smolvla/base/error.h"

namespace svla {
namespace {

struct FreeOutput {
  void operator()(AVFormatContext* format) const {
    avio_closep(&format->pb);
    avformat_free_context(format);
  }
};
using Output = std::unique_ptr<AVFormatContext, FreeOutput>;

Output OpenOutput(const std::filesystem::path& path, const std::string& name) {
  AVFormatContext* raw = nullptr;
  // "file:" because a name may hold a colon.
  const std::string url = "file:" + path.string();
  int code = avformat_alloc_output_context2(&raw, nullptr, "mp4", url.c_str());
  if (code < 0) Fail(name, ": FFmpeg writes no mp4 files: ", FfmpegError(code));
  Output output(raw);
  code = avio_open(&raw->pb, url.c_str(), AVIO_FLAG_WRITE);
  if (code < 0) Fail(name, ": cannot be written: ", FfmpegError(code));
  return output;
}

}  // namespace

VideoOutput::VideoOutput(const std::filesystem::path& path,
                         const AVCodecParameters& parameters, AVRational unit,
                         AVRational frame_rate)
    : file_(path), name_(path.string()), unit_(unit) {
  QuietFfmpeg();
  Output output = OpenOutput(file_.temporary(), name_);
  AVStream* stream = avformat_new_stream(output.get(), nullptr);
  if (!stream || avcodec_parameters_copy(stream->codecpar, &parameters) < 0)
    Fail(name_, ": no memory for a video stream");
  // The tag of another container; mp4 has its own for the codec.
  stream->codecpar->codec_tag = 0;
  stream->time_base = unit;
  stream->avg_frame_rate = frame_rate;
  stream->sample_aspect_ratio = parameters.sample_aspect_ratio;
  AVDictionary* options = nullptr;
  av_dict_set(&options, "movflags", "faststart", 0);
  const int code = avformat_write_header(output.get(), &options);
  av_dict_free(&options);
  if (code < 0)
    Fail(name_, ": an mp4 file cannot hold ", avcodec_get_name(parameters.codec_id),
         " as it was given: ", FfmpegError(code));
  format_ = output.release();
}

VideoOutput::~VideoOutput() {
  if (format_) FreeOutput()(format_);
}

void VideoOutput::Write(AVPacket& packet) {
  SVLA_CHECK(format_);
  packet.stream_index = 0;
  packet.pos = -1;
  av_packet_rescale_ts(&packet, unit_, format_->streams[0]->time_base);
  const int code = av_write_frame(format_, &packet);
  av_packet_unref(&packet);
  if (code < 0) Fail(name_, ": a frame cannot be written: ", FfmpegError(code));
}

void VideoOutput::Close() {
  SVLA_CHECK(format_);
  int code = av_write_trailer(format_);
  const int closed = avio_closep(&format_->pb);
  if (code >= 0) code = closed;
  if (code < 0) Fail(name_, ": cannot be written: ", FfmpegError(code));
  FreeOutput()(format_);
  format_ = nullptr;
  file_.Commit();
}

}  // namespace svla
