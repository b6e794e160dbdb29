# make demo    install what is missing, build, run the main job on a tiny checkpoint
# make test    the same installing and building, then all tests and some fuzzing
# make parity  LeRobot and smolvla side by side at full size, into docs/performance.md;
#              options of scripts/parity.py: make parity PARITY="--quick"
# make build   build/release/smolvla
# make format  clang-format over all sources
.PHONY: demo test parity build install format

build: install
	cmake --preset release >/dev/null
	cmake --build --preset release --target smolvla

install:
	scripts/install_dependencies.sh

demo: build
	scripts/demo.sh

test: build
	cmake --build --preset release
	ctest --test-dir build/release --output-on-failure -j 2 --no-label-summary
	scripts/fuzz.sh

parity: build
	python=$$(scripts/reference_env.sh | tail -n 1) && \
	  "$${python:?the reference environment is not there}" scripts/parity.py $(PARITY)

format:
	clang-format -i smolvla/*/*.h smolvla/*/*.cc apps/*.h apps/*.cc apps/*/*.h apps/*/*.cc fuzz/*.cc
