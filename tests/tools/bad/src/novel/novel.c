/* SPDX-License-Identifier: GPL-2.0-or-later */ // lint: README
#include "base/rd.h" // deps
