# The commands of the course; `make` alone lists them.
#
# Everything is installed into .venv, from pyproject.toml at the versions of constraints.txt, by the first command that
# needs it. Nothing here is an absolute path, so the course may lie in any folder, one with spaces in its name too;
# and Python's tools run as `python -m`, since the scripts in .venv/bin keep the path they were installed under.

PYTHON ?=
TORCH_INDEX ?=
LAB_ARGS ?=
JOBS ?= 2

PY := .venv/bin/python
PYTEST := $(PY) -m pytest
NOTEBOOKS := $(sort $(wildcard notebooks/[0-9]*.ipynb))

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help lab test test-fast notebooks lint bench doctor lock clean stale

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo '  PYTHON=<python>      the Python to build .venv with (default: the newest found, at least 3.11)'
	@echo '  TORCH_INDEX=<url>    a further package index for PyTorch, say the one of its CPU-only builds'
	@echo '  LAB_ARGS=<options>   options for JupyterLab, say --no-browser or --port=9999'
	@echo '  JOBS=<n>             processes for the tests (default: 2)'

lab: .venv/ready ## open JupyterLab on the notebooks
	@$(PY) -m jupyterlab -y --log-level=WARN $(if $(filter 0,$(shell id -u)),--allow-root) \
	    --LabApp.extension_manager=readonly --ServerApp.root_dir=notebooks \
	    --LabApp.default_url=/lab/tree/$(notdir $(firstword $(NOTEBOOKS))) $(LAB_ARGS)

# What a change must pass, the quick things first. Each step is one line, so that `make -j` cannot reorder them.
LINT = $(PY) -m ruff check . && $(PY) -m ruff check --config 'line-length = 88' --select E501 notebooks/*.ipynb && $(PY) -m mypy

test: .venv/ready ## run everything that a change must pass
	$(LINT)
	$(PYTEST) -n $(JOBS) -m 'not browser' tests
	$(PYTEST) -n $(JOBS) --dist loadfile --nbval --nbval-current-env --nbval-sanitize-with=notebooks/nbval.cfg \
	    --nbval-cell-timeout=120 -p rlcourse.notebook.build.nbval_plugin notebooks
	$(PYTEST) tests/browser

test-fast: .venv/ready ## the same without executing notebooks and without a browser
	$(LINT)
	$(PYTEST) -n $(JOBS) -m 'not browser and not notebooks' tests

lint: .venv/ready ## check style and types
	$(LINT)

notebooks: .venv/ready ## execute the notebooks and clean them, in place
	$(PY) -m rlcourse notebooks

# Those that are measured beside ours are installed if they can be; a benchmark says which of them it does without.
bench: .venv/ready ## measure how fast the course's implementations are
	-$(PY) -m pip install --quiet $(if $(TORCH_INDEX),--extra-index-url "$(TORCH_INDEX)") -c constraints.txt -e '.[test,bench]'
	$(PY) benchmarks/value_iteration.py
	$(PY) benchmarks/random_walk.py
	$(PY) benchmarks/cliff.py
	$(PY) benchmarks/envs.py
	$(PY) benchmarks/replay.py
	$(PY) benchmarks/live_overhead.py
	$(PY) benchmarks/dqn.py
	$(PY) benchmarks/dqn_switches.py
	$(PY) benchmarks/a2c.py

doctor: .venv/ready ## check this computer, and say how to repair what is broken
	@$(PY) -m rlcourse doctor

# torch stays where constraints.txt has it (the release that every platform was tested with); all else moves to the
# newest that fits. What torch needs for CUDA is left open, for it differs by platform; so is setuptools.
lock: .venv/ready ## renew constraints.txt with the newest versions that fit together
	grep '^torch==' constraints.txt > .venv/torch.txt
	$(PY) -m pip install --quiet --dry-run --ignore-installed --report .venv/lock.json -c .venv/torch.txt \
	    -e '.[test,bench,box2d,mujoco,atari]'
	$(PY) -c "$$WRITE_LOCK" > .venv/constraints.txt
	mv .venv/constraints.txt constraints.txt

define WRITE_LOCK
import itertools, json
old = open('constraints.txt', encoding='utf-8')
print(*itertools.takewhile(lambda line: line.startswith('#'), old), sep='', end='')
new = [item['metadata'] for item in json.load(open('.venv/lock.json', encoding='utf-8'))['install']]
for package in sorted(new, key=lambda package: package['name'].lower()):
    if not package['name'].lower().startswith(('rlcourse', 'setuptools', 'nvidia', 'cuda', 'triton')):
        print(package['name'], package['version'].split('+')[0], sep='==')
endef
export WRITE_LOCK

clean: ## remove .venv and all that the tools leave behind
	rm -rf .venv build dist rlcourse.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis test-results
	find . -type d \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune -exec rm -rf {} +

# Setting up. .venv/ready says that it was finished, .venv/place where: a folder that was moved or copied, or whose
# Python is gone, has a .venv that points elsewhere. .venv/unfinished stands while it is written to: what was cut short
# there may look whole to pip, so it is built anew. pip's own failures (no network, say) leave an older .venv as it was.
ifneq ($(wildcard .venv/ready),)
ifneq ($(shell test "$$(cat .venv/place 2>/dev/null)" = "$$(pwd -P)" && $(PY) -c '' 2>/dev/null && echo same),same)
.venv/ready: stale
endif
endif

.venv/ready: pyproject.toml setup.py constraints.txt Makefile
	@set -e; trap 'exit 130' INT; trap 'exit 143' TERM HUP; \
	rm -f .venv/ready; quiet=--quiet; \
	if [ -e .venv/unfinished ] \
	    || { [ -e .venv/place ] && [ "$$(cat .venv/place)" != "$$(pwd -P)" ]; } \
	    || ! $(PY) -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    rm -rf .venv; \
	    if [ -n "$(PYTHON)" ]; then set -- "$(PYTHON)"; \
	    else set -- python3.14 python3.13 python3.12 python3.11 python3 python; fi; \
	    found=; \
	    for python do \
	        if "$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	            found=$$python; break; \
	        fi; \
	    done; \
	    if [ -z "$$found" ]; then \
	        echo 'The course needs Python 3.11 or newer, with its modules venv and ensurepip; tried:' "$$@."; \
	        echo 'Install one (on Debian and Ubuntu the package python3-venv belongs to it), or name it:'; \
	        echo '    make lab PYTHON=/path/to/python3'; \
	        exit 1; \
	    fi; \
	    echo "Setting up .venv with $$("$$found" --version) (once; takes a minute or two)"; \
	    mkdir .venv; touch .venv/unfinished; "$$found" -m venv .venv; quiet=; \
	fi; \
	touch .venv/unfinished; pwd -P > .venv/place; \
	$(PY) -m pip install $$quiet $(if $(TORCH_INDEX),--extra-index-url "$(TORCH_INDEX)") \
	    -c constraints.txt -e '.[test]' || { \
	    [ -z "$$quiet" ] || rm -f .venv/unfinished; \
	    echo; echo 'The installation failed: see the message of pip above. Without a network, connect and run make again.'; \
	    echo 'If pip finds no torch for your Python, take one that PyTorch supports: make lab PYTHON=python3.12'; \
	    exit 1; \
	}; \
	mkdir -p .venv/etc/jupyter/labconfig; \
	echo '{"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": true}}' \
	    > .venv/etc/jupyter/labconfig/page_config.json; \
	rm -f .venv/unfinished; touch .venv/ready
