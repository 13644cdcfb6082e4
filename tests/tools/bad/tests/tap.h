/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stands for the real one: a test may include what lies in tests/, anybody else may not.
 */
