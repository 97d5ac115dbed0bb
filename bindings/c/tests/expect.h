/* For one program of tests: says what was not as it should be, and counts it. */
#include <rowen.h>
#include <stdio.h>

static int failures;

#define EXPECT(condition) \
    do { \
        if (!(condition)) { \
            printf("%s:%d: %s; last error: %s\n", __FILE__, __LINE__, #condition, rowen_last_error()); \
            failures++; \
        } \
    } while (0)
