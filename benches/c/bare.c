/* What the start of a process costs that does nothing. */

#include <stdio.h>

int main(void) {
  puts("");
  return 0;
}
