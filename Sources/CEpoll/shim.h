#ifndef STEMMA_CEPOLL_SHIM_H
#define STEMMA_CEPOLL_SHIM_H

// Glibc's Swift module exports none of these headers.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/sendfile.h>

// Glibc declares these two for _GNU_SOURCE only, which its Swift module is built without. `void *` stands for
// `struct sockaddr *`, and the plain integer types for socklen_t and pthread_t, so that this module does not become the
// owner of the socket and thread headers.
struct sockaddr;

static inline int stemma_accept4(int descriptor, void *address, unsigned int *length, int flags) {
    extern int accept4(int, struct sockaddr *, unsigned int *, int);
    return accept4(descriptor, (struct sockaddr *)address, length, flags);
}

static inline int stemma_pthread_setname(unsigned long thread, const char *name) {
    extern int pthread_setname_np(unsigned long, const char *);
    return pthread_setname_np(thread, name);
}

#endif
