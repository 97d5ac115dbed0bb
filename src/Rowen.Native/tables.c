/*
 * Linked into librowen. When it is first called, the runtime unpacks its tables into 4 MB of new memory, for which the kernel makes a thousand pages,
 * one fault each. Here it makes all of them at once, when the library is loaded. An older kernel (before 5.14) refuses, and nothing is lost.
 */
#define _GNU_SOURCE
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

static uintptr_t page_of(uintptr_t address) { return address & ~(uintptr_t)4095; }

/* What a segment has in memory beyond its file, if this code is in the same library. */
static int populate(struct dl_phdr_info *library, size_t size, void *unused) {
    (void)size, (void)unused;
    uintptr_t from = 0, until = 0;
    int is_own = 0;
    for (int i = 0; i < library->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &library->dlpi_phdr[i];
        uintptr_t start = library->dlpi_addr + segment->p_vaddr;
        if (segment->p_type != PT_LOAD) continue;
        is_own |= (uintptr_t)populate - start < segment->p_memsz;
        if (segment->p_memsz > segment->p_filesz) {
            from = page_of(start + segment->p_filesz);
            until = page_of(start + segment->p_memsz + 4095);
        }
    }
    if (is_own && until > from) madvise((void *)from, until - from, MADV_POPULATE_WRITE);
    return is_own;
}

__attribute__((constructor)) static void populate_tables(void) { dl_iterate_phdr(populate, NULL); }
