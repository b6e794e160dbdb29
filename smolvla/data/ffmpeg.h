// FFmpeg's objects, owned. For the .cc files of this folder only.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include <memory>
#include <string>

namespace svla {

struct FfmpegFree {
  void operator()(AVFormatContext* p) const { avformat_close_input(&p); }
  void operator()(AVCodecContext* p) const { avcodec_free_context(&p); }
  void operator()(AVFrame* p) const { av_frame_free(&p); }
  void operator()(AVPacket* p) const { av_packet_free(&p); }
  void operator()(SwsContext* p) const { sws_freeContext(p); }
};
template <class T>
using Ffmpeg = std::unique_ptr<T, FfmpegFree>;

// FFmpeg's words for a negative return value.
inline std::string FfmpegError(int code) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(code, text, sizeof(text));
  return text;
}

// FFmpeg's own lines on stderr: what is wrong is said by an Error instead.
inline void QuietFfmpeg() {
  static const bool quiet = (av_log_set_level(AV_LOG_QUIET), true);
  static_cast<void>(quiet);
}

}  // namespace svla
