#ifndef STEMMA_CEPOLL_SHIM_H
#define STEMMA_CEPOLL_SHIM_H

// Glibc's Swift module exports none of these headers.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/sendfile.h>

#endif
