#include <zlib.h>

// inflateInit2 is a macro, which Swift does not import. 16 + MAX_WBITS takes gzip (RFC 1952) and nothing else.
static inline int stemma_inflate_init_gzip(z_stream *stream) {
    return inflateInit2(stream, 16 + MAX_WBITS);
}
