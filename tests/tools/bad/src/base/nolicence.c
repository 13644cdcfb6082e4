// lint: first line
#include "base/bare.h"
void bare(void)
{
    exit(1); // lint: exit
}
