#include "smolvla/data/video_writer.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "smolvla/base/error.h"
#include "smolvla/data/video_output.h"

namespace svla {
namespace {

// SVT-AV1 tells its settings on stderr unless this is set before its first line. What
// is wrong is said by an Error instead. A value that the user set stays.
void QuietSvt() {
  static const bool quiet = (::setenv("SVT_LOG", "0", /*overwrite=*/0), true);
  static_cast<void>(quiet);
}

AVRational FrameRate(double fps, const std::string& name) {
  if (!(fps >= 0.01 && fps <= 1000))
    Fail(name, ": ", fps, " frames a second; expected from 0.01 to 1000");
  // Rows are at i / fps, so that 29.97 is 2997/100 and not 30000/1001, which is a frame
  // off after some hours and beyond LeRobot's tolerance after two minutes. Of the
  // simplest fractions the first that keeps an hour to some microseconds.
  AVRational rate{};
  for (const int most : {100'000, 10'000'000, 1'000'000'000}) {
    rate = av_d2q(fps, most);
    if (std::abs(av_q2d(rate) / fps - 1) < 1e-9) break;
  }
  return rate;
}

const AVCodec* FindEncoder(const std::string& codec, const std::string& name) {
  if (codec != "av1" && codec != "h264")
    Fail(name, ": codec \"", codec, "\"; expected \"av1\" or \"h264\"");
  const char* const encoder = codec == "av1" ? "libsvtav1" : "libx264";
  const AVCodec* found = avcodec_find_encoder_by_name(encoder);
  if (!found) Fail(name, ": this FFmpeg lacks the encoder ", encoder);
  return found;
}

AVDictionary* EncoderOptions(const VideoEncoding& encoding) {
  AVDictionary* options = nullptr;
  av_dict_set_int(&options, "crf", encoding.crf, 0);
  if (encoding.codec == "av1") {
    av_dict_set_int(&options, "preset", encoding.preset, 0);
    const std::string more = "fast-decode=0:lp=" + std::to_string(encoding.threads);
    av_dict_set(&options, "svtav1-params", more.c_str(), 0);
  } else {
    // A change of scene would shift the key frames.
    av_dict_set(&options, "sc_threshold", "0", 0);
    av_dict_set(&options, "preset", encoding.preset >= 8 ? "veryfast" : "medium", 0);
  }
  return options;
}

Ffmpeg<AVCodecContext> OpenEncoder(const std::string& name, int64_t width,
                                   int64_t height, AVRational rate,
                                   const VideoEncoding& encoding) {
  if (width < 2 || height < 2 || width > 16384 || height > 16384 || width % 2 != 0 ||
      height % 2 != 0)
    Fail(name, ": pictures of ", width, "x", height,
         " pixels; expected even sides from 2 to 16384, because colours are kept for "
         "squares of two by two");
  const AVCodec* codec = FindEncoder(encoding.codec, name);
  // SVT-AV1 refuses smaller ones itself, but damages the heap on the way.
  constexpr int64_t kLeastAv1Side = 64;
  if (encoding.codec == "av1" && std::min(width, height) < kLeastAv1Side)
    Fail(name, ": pictures of ", width, "x", height, " pixels; AV1's encoder takes ",
         kLeastAv1Side, "x", kLeastAv1Side, " and more, \"h264\" smaller ones too");
  Ffmpeg<AVCodecContext> encoder(avcodec_alloc_context3(codec));
  if (!encoder) Fail(name, ": no memory for an encoder");
  encoder->width = static_cast<int>(width);
  encoder->height = static_cast<int>(height);
  encoder->pix_fmt = AV_PIX_FMT_YUV420P;
  encoder->time_base = av_inv_q(rate);
  encoder->framerate = rate;
  encoder->gop_size = encoding.gop;
  encoder->max_b_frames = 0;
  encoder->thread_count = encoding.threads;
  encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  AVDictionary* options = EncoderOptions(encoding);
  const int code = avcodec_open2(encoder.get(), codec, &options);
  av_dict_free(&options);
  if (code < 0)
    Fail(name, ": ", codec->name, " does not encode ", width, "x", height,
         " pixels with crf ", encoding.crf, ", preset ", encoding.preset, " and gop ",
         encoding.gop, ": ", FfmpegError(code));
  return encoder;
}

Ffmpeg<AVFrame> NewFrame(const AVCodecContext& encoder, AVPixelFormat format) {
  Ffmpeg<AVFrame> frame(av_frame_alloc());
  SVLA_CHECK(frame);
  frame->width = encoder.width;
  frame->height = encoder.height;
  frame->format = format;
  return frame;
}

}  // namespace

struct VideoWriter::Open {
  Open(const std::filesystem::path& path, int64_t width, int64_t height, double fps,
       const VideoEncoding& encoding)
      : name(path.string()),
        rate(FrameRate(fps, name)),
        encoder(OpenEncoder(name, width, height, rate, encoding)),
        packet(av_packet_alloc()),
        rgb(NewFrame(*encoder, AV_PIX_FMT_RGB24)),
        to_yuv(sws_getContext(encoder->width, encoder->height, AV_PIX_FMT_RGB24,
                              encoder->width, encoder->height, AV_PIX_FMT_YUV420P,
                              SWS_BILINEAR, nullptr, nullptr, nullptr)) {
    try {
      OpenOutput(path);
    } catch (...) {
      EndEncoder();
      throw;
    }
  }
  ~Open() { EndEncoder(); }

  void OpenOutput(const std::filesystem::path& path) {
    // swscale reads whole vectors, beyond the end of a picture without padding.
    if (!packet || !to_yuv || av_frame_get_buffer(rgb.get(), /*align=*/0) < 0)
      Fail(name, ": no memory for pictures");
    AVCodecParameters* parameters = avcodec_parameters_alloc();
    SVLA_CHECK(parameters);
    avcodec_parameters_from_context(parameters, encoder.get());
    const std::unique_ptr<AVCodecParameters, void (*)(AVCodecParameters*)> owned(
        parameters, [](AVCodecParameters* p) { avcodec_parameters_free(&p); });
    output.emplace(path, *parameters, encoder->time_base, rate);
  }

  // SVT-AV1's threads end only after a frame and the end of frames: without them
  // freeing the encoder waits for ever.
  void EndEncoder() {
    if (ended || !packet) return;
    if (frames == 0) {
      const Ffmpeg<AVFrame> frame = NewFrame(*encoder, AV_PIX_FMT_YUV420P);
      if (av_frame_get_buffer(frame.get(), /*align=*/0) >= 0) {
        frame->pts = 0;
        avcodec_send_frame(encoder.get(), frame.get());
      }
    }
    avcodec_send_frame(encoder.get(), nullptr);
    while (avcodec_receive_packet(encoder.get(), packet.get()) >= 0)
      av_packet_unref(packet.get());
  }

  Ffmpeg<AVFrame> Convert(const Image& picture) {
    const size_t row = size_t{3} * static_cast<size_t>(encoder->width);
    for (int y = 0; y < encoder->height; ++y)
      std::memcpy(rgb->data[0] + static_cast<ptrdiff_t>(y) * rgb->linesize[0],
                  picture.rgb.data() + static_cast<size_t>(y) * row, row);
    // A frame each: the encoder may keep it.
    Ffmpeg<AVFrame> frame = NewFrame(*encoder, AV_PIX_FMT_YUV420P);
    if (av_frame_get_buffer(frame.get(), /*align=*/0) < 0)
      Fail(name, ": no memory for pictures");
    sws_scale(to_yuv.get(), rgb->data, rgb->linesize, /*srcSliceY=*/0, encoder->height,
              frame->data, frame->linesize);
    return frame;
  }

  // Null says that there are no more frames.
  void Encode(const AVFrame* frame) {
    ended = !frame;
    if (const int code = avcodec_send_frame(encoder.get(), frame); code < 0)
      Fail(name, ": frame ", frames, " cannot be encoded: ", FfmpegError(code));
    for (;;) {
      const int code = avcodec_receive_packet(encoder.get(), packet.get());
      if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return;
      if (code < 0) Fail(name, ": a frame cannot be encoded: ", FfmpegError(code));
      // Packets come in the order in which they are shown. SVT-AV1 decodes them
      // earlier all the same, which would ask for an edit list.
      packet->dts = packet->pts;
      packet->duration = 1;
      output->Write(*packet);
      ++packets;
    }
  }

  std::string name;
  AVRational rate;
  Ffmpeg<AVCodecContext> encoder;
  Ffmpeg<AVPacket> packet;
  Ffmpeg<AVFrame> rgb;
  Ffmpeg<SwsContext> to_yuv;
  std::optional<VideoOutput> output;
  int64_t frames = 0;
  int64_t packets = 0;
  bool ended = false;  // whether the encoder was told that there are no more
};

VideoWriter::VideoWriter(const std::filesystem::path& path, int64_t width,
                         int64_t height, double fps, const VideoEncoding& encoding) {
  SVLA_CHECK(encoding.threads >= 1 && encoding.gop >= 1);
  QuietFfmpeg();
  QuietSvt();
  open_ = std::make_unique<Open>(path, width, height, fps, encoding);
}
VideoWriter::~VideoWriter() = default;
VideoWriter::VideoWriter(VideoWriter&&) noexcept = default;

int64_t VideoWriter::frames() const { return open_->frames; }

void VideoWriter::Add(const Image& picture) {
  Open& open = *open_;
  SVLA_CHECK(open.output);
  const int width = open.encoder->width;
  const int height = open.encoder->height;
  if (picture.width != width || picture.height != height)
    Fail(open.name, ": picture ", open.frames, " is of ", picture.width, "x",
         picture.height, " pixels; expected ", width, "x", height);
  const Ffmpeg<AVFrame> frame = open.Convert(picture);
  frame->pts = open.frames;
  open.Encode(frame.get());
  ++open.frames;
}

void VideoWriter::Close() {
  Open& open = *open_;
  SVLA_CHECK(open.output);
  if (open.frames == 0) Fail(open.name, ": a video of no picture cannot be written");
  open.Encode(nullptr);
  if (open.packets != open.frames)
    Fail(open.name, ": the encoder gave ", open.packets, " frames for ", open.frames);
  open.output->Close();
  open.output.reset();
}

}  // namespace svla
