#include "smolvla/base/tensor.h"

#include <gtest/gtest.h>

#include <cstring>
#include <numeric>
#include <vector>

namespace svla {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

TEST(TensorTest, AShapeCountsAndPrints) {
  EXPECT_EQ(Shape({2, 3, 4}).Count(), 24);
  EXPECT_EQ(Shape().Count(), 1);
  EXPECT_EQ(Shape({5, 0}).Count(), 0);
  EXPECT_EQ(ToString(Shape{50, 32}), "[50, 32]");
  EXPECT_EQ(ToString(Shape{}), "[]");
}

TEST(TensorTest, EveryTypeHasItsSizeAndName) {
  EXPECT_EQ(SizeOf(DType::kF64), 8);
  EXPECT_EQ(SizeOf(DType::kF32), 4);
  EXPECT_EQ(SizeOf(DType::kBF16), 2);
  EXPECT_EQ(SizeOf(DType::kF16), 2);
  EXPECT_EQ(SizeOf(DType::kI64), 8);
  EXPECT_EQ(SizeOf(DType::kI32), 4);
  EXPECT_EQ(SizeOf(DType::kU8), 1);
  EXPECT_STREQ(NameOf(DType::kBF16), "BF16");
}

TEST(TensorTest, RowsAndColumnsSelectWithoutCopying) {
  std::vector<float> values(24);
  std::iota(values.begin(), values.end(), 0.0f);
  const Tensor x = View(values.data(), DType::kF32, {4, 6});
  EXPECT_TRUE(x.Contiguous());

  const Tensor block = Columns(Rows(x, 1, 2), 2, 3);
  EXPECT_EQ(block.shape, (Shape{2, 3}));
  EXPECT_FALSE(block.Contiguous());
  EXPECT_EQ(block.Row<float>(0), &values[8]);
  EXPECT_EQ(block.Row<float>(1), &values[14]);
  EXPECT_TRUE(Rows(block, 1, 1).Contiguous());  // one row is always a block
  EXPECT_EQ(Rows(block, 1, 1).Row<float>(0), &values[14]);
  EXPECT_EQ(Rows(x, 4, 0).Rows(), 0);

  const Tensor image = Reshape(x, {2, 3, 4});
  EXPECT_EQ(image.Rows(), 6);
  EXPECT_EQ(image.Row<float>(5), &values[20]);
}

TEST(TensorDeathTest, WhatLiesOutsideIsRefused) {
  float values[6] = {};
  const Tensor x = View(values, DType::kF32, {2, 3});
  EXPECT_DEATH(Rows(x, 1, 2), "x.Rows");
  EXPECT_DEATH(Rows(x, -1, 1), "from >= 0");
  EXPECT_DEATH(Columns(x, 2, 2), "x.Columns");
  EXPECT_DEATH(Reshape(x, {5}), "Count");
  EXPECT_DEATH(Reshape(Columns(x, 0, 2), {4}), "Contiguous");
}

TEST(ArenaTest, EverythingIsAlignedAndApart) {
  Arena arena;
  std::vector<Tensor> tensors;
  for (int64_t size : {1, 3, 17, 64, 100, 5000})
    tensors.push_back(arena.New(DType::kU8, {size}));
  for (size_t i = 0; i < tensors.size(); ++i)
    std::memset(tensors[i].data, static_cast<int>(i), size_t(tensors[i].Count()));
  for (size_t i = 0; i < tensors.size(); ++i) {
    EXPECT_EQ(reinterpret_cast<uintptr_t>(tensors[i].data) % 64, 0u);
    for (int64_t at = 0; at < tensors[i].Count(); ++at)
      EXPECT_EQ(tensors[i].As<uint8_t>()[at], i);
  }
}

TEST(ArenaTest, TheSameRequestsAfterResetTakeNoMemory) {
  Arena arena;
  std::vector<void*> before;
  size_t held = 0;
  for (int round = 0; round < 4; ++round) {
    std::vector<void*> places;
    for (const size_t bytes : {size_t{10}, 3 * kMiB, size_t{100}, kMiB, 5 * kMiB}) {
      const Scope scope(arena);
      places.push_back(arena.NewBytes(bytes));
      places.push_back(arena.NewBytes(2 * kMiB));
    }
    for (int i = 0; i < 50; ++i) places.push_back(arena.NewBytes(kMiB / 3));
    if (round > 0) {
      EXPECT_EQ(arena.bytes(), held);
      EXPECT_EQ(places, before);
    }
    held = arena.bytes();
    before = places;
    arena.Reset();
  }
  EXPECT_GE(held, 16 * kMiB);
}

TEST(ArenaTest, RewindingKeepsWhatWasTakenBeforeTheMark) {
  Arena arena;
  int32_t* kept = arena.New(DType::kI32, {4}).As<int32_t>();
  kept[3] = 42;
  const Arena::Mark mark = arena.Here();
  void* first = nullptr;
  {
    const Scope scope(arena);
    first = arena.NewBytes(100);
    arena.NewBytes(10 * kMiB);  // leaves the block of the mark
  }
  EXPECT_EQ(arena.Here().block, mark.block);
  EXPECT_EQ(arena.Here().used, mark.used);
  EXPECT_EQ(arena.NewBytes(100), first);
  EXPECT_EQ(kept[3], 42);
}

TEST(ArenaTest, NothingAskedForIsStillAPlaceOfItsOwn) {
  Arena arena;
  EXPECT_NE(arena.NewBytes(0), arena.NewBytes(0));
  EXPECT_TRUE(arena.New(DType::kF32, {0, 5}));
}

TEST(ArenaDeathTest, AMarkAheadIsRefused) {
  Arena arena;
  arena.NewBytes(100);
  const Arena::Mark mark = arena.Here();
  arena.Reset();
  EXPECT_DEATH(arena.Rewind(mark), "mark");
}

}  // namespace
}  // namespace svla
