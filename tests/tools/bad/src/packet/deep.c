/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow/flow.h" // deps
#include "proto/proto.h" // deps

static int deep(int a)
{
    if (a) {
        for (;;) {
            while (a) {
                switch (a) {
                case 1: { // lint: nested 5
                    a++;
                }
                }
            }
        }
    }
    return a;
}

static int wide(int a, int b, int c, int d, int e, int f, int g) // lint: 7 parameters
{
    return a + b + c + d + e + f + g + deep(a);
}

bool prototype(int a, int b, int c, void (*d)(int, int), int e, int f, int g); // lint: 7 parameters

int main(void) // lint: function of 83 lines
{
    wide(1, 2, 3, 4, 5, 6, 7);
    deep(0);
    deep(1);
    deep(2);
    deep(3);
    deep(4);
    deep(5);
    deep(6);
    deep(7);
    deep(8);
    deep(9);
    deep(10);
    deep(11);
    deep(12);
    deep(13);
    deep(14);
    deep(15);
    deep(16);
    deep(17);
    deep(18);
    deep(19);
    deep(20);
    deep(21);
    deep(22);
    deep(23);
    deep(24);
    deep(25);
    deep(26);
    deep(27);
    deep(28);
    deep(29);
    deep(30);
    deep(31);
    deep(32);
    deep(33);
    deep(34);
    deep(35);
    deep(36);
    deep(37);
    deep(38);
    deep(39);
    deep(40);
    deep(41);
    deep(42);
    deep(43);
    deep(44);
    deep(45);
    deep(46);
    deep(47);
    deep(48);
    deep(49);
    deep(50);
    deep(51);
    deep(52);
    deep(53);
    deep(54);
    deep(55);
    deep(56);
    deep(57);
    deep(58);
    deep(59);
    deep(60);
    deep(61);
    deep(62);
    deep(63);
    deep(64);
    deep(65);
    deep(66);
    deep(67);
    deep(68);
    deep(69);
    deep(70);
    deep(71);
    deep(72);
    deep(73);
    deep(74);
    deep(75);
    deep(76);
    deep(77);
    deep(78);
    deep(79);
}
