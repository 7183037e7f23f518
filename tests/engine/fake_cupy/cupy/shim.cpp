// Enough of CUDA's language for plain C++ to run a kernel: blocks one after the other, threads one after the other or
// as fibres that meet at barriers.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>
#include <ucontext.h>

using std::exp;
using std::fabs;
using std::log;
using std::sqrt;
using std::tanh;

#define __global__
#define __device__
#define __shared__ static

struct Index {
    unsigned x, y, z;
};
static Index blockIdx, threadIdx, blockDim, gridDim;

struct Fibre {
    ucontext_t context;
    std::vector<char> stack;
    Index index;
    bool done = false;
    int barriers = 0;
};
static std::vector<Fibre> fibres;
static ucontext_t scheduler;
static Fibre* running = nullptr;
static const std::function<void()>* body = nullptr;

static void begin()
{
    (*body)();
    running->done = true;
    swapcontext(&running->context, &scheduler);
}

static inline void __syncthreads()
{
    if (!running)
        return;  // a block of one thread
    ++running->barriers;
    Index mine = threadIdx;
    Fibre* me = running;
    swapcontext(&me->context, &scheduler);
    running = me;
    threadIdx = mine;
}

// Threads from the last to the first: an order that no kernel may rely on.
static void run_block()
{
    int n = blockDim.x * blockDim.y;
    if ((int)fibres.size() < n)
        fibres.resize(n);
    for (int i = 0; i < n; ++i) {
        Fibre& each = fibres[i];
        each.stack.resize(64 * 1024);
        each.done = false;
        each.barriers = 0;
        each.index = Index{unsigned(i) % blockDim.x, unsigned(i) / blockDim.x, 0};
        getcontext(&each.context);
        each.context.uc_stack.ss_sp = each.stack.data();
        each.context.uc_stack.ss_size = each.stack.size();
        each.context.uc_link = nullptr;
        makecontext(&each.context, begin, 0);
    }
    for (int left = n; left > 0;) {
        left = 0;
        for (int i = n - 1; i >= 0; --i) {
            if (fibres[i].done)
                continue;
            running = &fibres[i];
            threadIdx = running->index;
            swapcontext(&scheduler, &running->context);
            running = nullptr;
            left += !fibres[i].done;
        }
        for (int i = 1; i < n; ++i)
            if (fibres[i].barriers != fibres[0].barriers) {
                std::fprintf(stderr, "threads of a block met different barriers\n");
                std::abort();
            }
    }
}

static void launch(int gx, int gy, int bx, int by, int exact, const std::function<void()>& kernel)
{
    body = &kernel;
    gridDim = {(unsigned)gx, (unsigned)gy, 1};
    blockDim = exact ? Index{(unsigned)bx, (unsigned)by, 1} : Index{1, 1, 1};
    for (unsigned y = 0; y < gridDim.y; ++y)
        for (unsigned x = 0; x < gridDim.x; ++x) {
            blockIdx = {x, y, 0};
            threadIdx = {0, 0, 0};
            if (exact)
                run_block();
            else
                kernel();
        }
}
