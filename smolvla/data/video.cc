#include "smolvla/data/video.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iomanip>

#include "smolvla/base/error.h"
#include "smolvla/data/video_file.h"
#include "smolvla/policy/picture.h"

namespace svla {
namespace {

Ffmpeg<AVCodecContext> OpenDecoder(const VideoFile& file, int threads) {
  const AVCodecID id = file.stream->codecpar->codec_id;
  // FFmpeg's own "av1" decodes on graphics cards only.
  const AVCodec* codec = id == AV_CODEC_ID_AV1
                             ? avcodec_find_decoder_by_name("libdav1d")
                             : avcodec_find_decoder(id);
  if (!codec) Fail(file.name, ": FFmpeg has no decoder for ", file.facts.codec);
  Ffmpeg<AVCodecContext> decoder(avcodec_alloc_context3(codec));
  if (!decoder) Fail(file.name, ": no memory for a decoder");
  avcodec_parameters_to_context(decoder.get(), file.stream->codecpar);
  decoder->pkt_timebase = file.stream->time_base;
  decoder->thread_count = threads;
  decoder->max_pixels = kMostPicturePixels;
  if (const int code = avcodec_open2(decoder.get(), codec, /*options=*/nullptr);
      code < 0)
    Fail(file.name, ": the decoder of ", file.facts.codec,
         " does not accept it: ", FfmpegError(code));
  return decoder;
}

// One decoder of one file, and where it stands.
class Decoding {
 public:
  Decoding(const VideoFile& file, const VideoIndex& index, int threads)
      : file_(file),
        index_(index),
        decoder_(OpenDecoder(file, threads)),
        packet_(av_packet_alloc()),
        frame_(av_frame_alloc()) {}

  // The decoded frame. Throws Error if it cannot be had.
  const AVFrame& Decode(int64_t wanted) {
    if (wanted == at_) return *frame_;
    const int64_t key = KeyBefore(wanted);
    const bool goes_on = at_ >= 0 && wanted > at_ &&
                         (key < 0 || index_.keys[static_cast<size_t>(key)] <= at_ + 1);
    if (goes_on && GoOnTo(wanted)) return *frame_;
    if (SeekTo(key) && GoOnTo(wanted)) return *frame_;
    // A key frame that the decoder cannot start at: some need the one before.
    if (reason_.empty() && key > 0 && SeekTo(key - 1) && GoOnTo(wanted)) return *frame_;
    Fail(file_.name, ": frame ", wanted, " cannot be decoded: ",
         reason_.empty() ? "it is missing from the file" : reason_);
  }

  int64_t seeks() const { return seeks_; }
  int64_t packets() const { return packets_; }

 private:
  int64_t KeyBefore(int64_t wanted) const {
    return std::upper_bound(index_.keys.begin(), index_.keys.end(), wanted) -
           index_.keys.begin() - 1;
  }

  bool SeekTo(int64_t key) {
    ++seeks_;
    reason_.clear();
    at_ = -1;
    ended_ = false;
    avcodec_flush_buffers(decoder_.get());
    const int64_t to =
        key < 0 ? index_.pts.front() : index_.key_dts[static_cast<size_t>(key)];
    start_pts_ =
        key < 0 ? INT64_MIN : index_.pts[index_.keys[static_cast<size_t>(key)]];
    const int code = av_seek_frame(file_.format.get(), file_.stream->index, to,
                                   AVSEEK_FLAG_BACKWARD);
    if (code >= 0) return true;
    ended_ = true;
    reason_ = "seeking: " + FfmpegError(code);
    return false;
  }

  // Decodes on until the frame wanted. False if it did not come.
  bool GoOnTo(int64_t wanted) {
    const int64_t pts = index_.pts[static_cast<size_t>(wanted)];
    for (;;) {
      const int code = avcodec_receive_frame(decoder_.get(), frame_.get());
      if (code == AVERROR(EAGAIN)) {
        Feed();
      } else if (code < 0) {
        if (code != AVERROR_EOF) reason_ = FfmpegError(code);
        ended_ = true;
        at_ = -1;
        return false;
      } else if (!Place(pts)) {
        ended_ = true;
        at_ = -1;
        return false;
      } else if (at_ == wanted) {
        return true;
      }
    }
  }

  // Says which frame was decoded. False if the one wanted cannot come any more.
  bool Place(int64_t wanted_pts) {
    const int64_t pts =
        frame_->pts != AV_NOPTS_VALUE ? frame_->pts : frame_->best_effort_timestamp;
    const bool damaged =
        (frame_->flags & AV_FRAME_FLAG_CORRUPT) || frame_->decode_error_flags != 0;
    // Frames before an open key frame lack what they were made from.
    if (damaged && pts >= start_pts_) {
      reason_ = "its data, or those it builds on, are damaged";
      return false;
    }
    if (pts > wanted_pts) return false;
    const auto found = std::lower_bound(index_.pts.begin(), index_.pts.end(), pts);
    if (found != index_.pts.end() && *found == pts) at_ = found - index_.pts.begin();
    return true;
  }

  // Hands the decoder the next packet. At the end, and at damage, it is asked for
  // what it still has; after that only a seek helps.
  void Feed() {
    const int code = ended_ ? AVERROR_EOF : NextPacket();
    int sent = code;
    if (code >= 0) {
      ++packets_;
      sent = avcodec_send_packet(decoder_.get(), packet_.get());
      av_packet_unref(packet_.get());
    }
    if (sent >= 0) return;
    if (sent != AVERROR_EOF) reason_ = FfmpegError(sent);
    ended_ = true;
    avcodec_send_packet(decoder_.get(), nullptr);
  }

  int NextPacket() {
    for (;;) {
      const int code = av_read_frame(file_.format.get(), packet_.get());
      if (code < 0) return code;
      const bool ours = packet_->stream_index == file_.stream->index;
      if (ours && !(packet_->flags & AV_PKT_FLAG_CORRUPT)) return 0;
      av_packet_unref(packet_.get());
      if (ours) return AVERROR_INVALIDDATA;
    }
  }

  const VideoFile& file_;
  const VideoIndex& index_;
  Ffmpeg<AVCodecContext> decoder_;
  Ffmpeg<AVPacket> packet_;
  Ffmpeg<AVFrame> frame_;
  int64_t at_ = -1;     // which frame frame_ holds, if any
  bool ended_ = true;   // whether the decoder must be sent elsewhere first
  std::string reason_;  // why the last try failed, if not for lack of frames
  int64_t start_pts_ = INT64_MIN;
  int64_t seeks_ = -1;  // the first one is only the opening
  int64_t packets_ = 0;
};

// Colours as PyAV converts them.
class ToRgb {
 public:
  void Convert(const AVFrame& frame, Image& image, const std::string& name) {
    sws_.reset(sws_getCachedContext(sws_.release(), frame.width, frame.height,
                                    static_cast<AVPixelFormat>(frame.format),
                                    frame.width, frame.height, AV_PIX_FMT_RGB24,
                                    SWS_BILINEAR, nullptr, nullptr, nullptr));
    if (!sws_) Fail(name, ": pictures of a kind that cannot be made RGB");
    image.width = frame.width;
    image.height = frame.height;
    const size_t row = size_t{3} * static_cast<size_t>(frame.width);
    const size_t height = static_cast<size_t>(frame.height);
    image.rgb.resize(row * height);
    // swscale writes whole groups of 16 pixels, and leaves out the last of a row where
    // there is no room for them.
    const size_t stride = (static_cast<size_t>(frame.width) + 15) / 16 * 16 * 3;
    if (stride == row) {
      Scale(frame, image.rgb.data(), stride);
      return;
    }
    padded_.resize(stride * height + 64);
    Scale(frame, padded_.data(), stride);
    for (size_t y = 0; y < height; ++y)
      std::memcpy(image.rgb.data() + y * row, padded_.data() + y * stride, row);
  }

 private:
  void Scale(const AVFrame& frame, uint8_t* to, size_t stride) {
    uint8_t* const planes[4] = {to, nullptr, nullptr, nullptr};
    const int strides[4] = {static_cast<int>(stride), 0, 0, 0};
    sws_scale(sws_.get(), frame.data, frame.linesize, /*srcSliceY=*/0, frame.height,
              planes, strides);
  }

  Ffmpeg<SwsContext> sws_;
  std::vector<uint8_t> padded_;
};

}  // namespace

struct Video::Open {
  Open(const std::filesystem::path& path, int threads)
      : file(OpenVideoFile(path)),
        index(IndexVideo(file)),
        decoding(file, index, threads) {
    const double unit = av_q2d(file.stream->time_base);
    times.reserve(index.pts.size());
    for (const int64_t pts : index.pts)
      times.push_back(static_cast<double>(pts) * unit);
  }

  const AVFrame& Decode(int64_t frame);

  VideoFile file;
  VideoIndex index;
  Decoding decoding;
  ToRgb to_rgb;
  std::vector<double> times;
};

Video::Video(const std::filesystem::path& path, int threads) {
  SVLA_CHECK(threads >= 1);
  open_ = std::make_unique<Open>(path, threads);
}
Video::~Video() = default;
Video::Video(Video&&) noexcept = default;

const VideoFacts& Video::facts() const { return open_->file.facts; }
const std::vector<double>& Video::times() const { return open_->times; }
const std::vector<int64_t>& Video::key_frames() const { return open_->index.keys; }
int64_t Video::seeks() const { return open_->decoding.seeks(); }
int64_t Video::packets() const { return open_->decoding.packets(); }

int64_t Video::FrameAt(double seconds, double tolerance_s) const {
  const std::vector<double>& times = open_->times;
  auto nearest = std::lower_bound(times.begin(), times.end(), seconds);
  if (nearest == times.end() ||
      (nearest != times.begin() && seconds - nearest[-1] <= *nearest - seconds))
    --nearest;
  if (std::abs(*nearest - seconds) <= tolerance_s) return nearest - times.begin();
  Fail(std::setprecision(9), open_->file.name, ": no frame within ", tolerance_s,
       " s of ", seconds, " s; the nearest is frame ", nearest - times.begin(), " at ",
       *nearest, " s");
}

const AVFrame& Video::Open::Decode(int64_t frame) {
  const auto count = static_cast<int64_t>(times.size());
  if (frame < 0 || frame >= count)
    Fail(file.name, ": no frame ", frame, "; it has ", count, " frames");
  const AVFrame& decoded = decoding.Decode(frame);
  if (decoded.width != file.facts.width || decoded.height != file.facts.height)
    Fail(file.name, ": frame ", frame, " is of ", decoded.width, "x", decoded.height,
         " pixels; expected ", file.facts.width, "x", file.facts.height);
  return decoded;
}

void Video::Decode(int64_t frame) { open_->Decode(frame); }

void Video::Read(int64_t frame, Image& image) {
  open_->to_rgb.Convert(open_->Decode(frame), image, open_->file.name);
}

}  // namespace svla
