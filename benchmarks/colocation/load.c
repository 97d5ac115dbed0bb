// One item of a neighbour's work, about 50 ms: `load compute` multiplies in registers, `load memory` adds up 256 MiB.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int count, char **words)
{
    double sum = 1;
    if (count == 2 && strcmp(words[1], "compute") == 0)
    {
        double lanes[8] = {1, 2, 3, 4, 5, 6, 7, 8};
        for (long step = 0; step < 20 * 1000 * 1000; step++)
            for (int lane = 0; lane < 8; lane++)
                lanes[lane] = lanes[lane] * 0.999999 + 1e-6;
        for (int lane = 0; lane < 8; lane++)
            sum += lanes[lane];
    }
    else if (count == 2 && strcmp(words[1], "memory") == 0)
    {
        size_t length = (size_t)32 << 20;
        double *values = malloc(length * sizeof(double));
        if (values == NULL)
            return 1;
        for (size_t i = 0; i < length; i++)
            values[i] = 1;
        for (size_t i = 0; i < length; i++)
            sum += values[i];
        free(values);
    }
    else
        return 2;
    return sum == 0; // so that nothing is left out
}
