/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/detect.h" // deps
#include "proto/driver.h"  // deps
#include "proto/proto.h"
#include "tap.h"           // deps
