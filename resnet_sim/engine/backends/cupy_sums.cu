// Sums over rows and over everything, always in the same order: no atomic additions, so repeats are bit-equal.
// Blocks may have any width and a power of two as height; tiles are blocks of one slab of rows.

#define TILE 1024

// Mean and sum of squared deviations of two samples as one (Chan, Golub and LeVeque 1983): nothing cancels.
__device__ inline void combine(T* count, T* mean, T* square, T count2, T mean2, T square2)
{
    T both = *count + count2;
    if (count2 > T(0)) {
        T apart = mean2 - *mean;
        *square += square2 + apart * apart * (*count * count2 / both);
        *mean += apart * (count2 / both);
        *count = both;
    }
}

extern "C" {

// out[slab] (columns,) = sums over one slab of rows of x (rows, columns). blockIdx.y is the slab.
__global__ void sum_rows(const T* x, T* out, int rows, int columns, int slab)
{
    __shared__ T sums[TILE];
    int first = blockIdx.y * slab, last = first + slab < rows ? first + slab : rows;
    int at = threadIdx.y * blockDim.x + threadIdx.x;
    for (int base = blockIdx.x * blockDim.x; base < columns; base += gridDim.x * blockDim.x) {
        int column = base + threadIdx.x;
        T sum = T(0);
        if (column < columns)
            for (int row = first + threadIdx.y; row < last; row += blockDim.y)
                sum += x[row * columns + column];
        sums[at] = sum;
        __syncthreads();
        for (int half = blockDim.y / 2; half > 0; half /= 2) {
            if (threadIdx.y < half)
                sums[at] += sums[at + half * blockDim.x];
            __syncthreads();
        }
        if (threadIdx.y == 0 && column < columns)
            out[blockIdx.y * columns + column] = sums[at];
        __syncthreads();
    }
}

// Mean and sum of squared deviations of each column over one slab of rows, each thread about its own first value.
__global__ void moments_part(const T* x, T* means, T* squares, int rows, int columns, int slab)
{
    __shared__ T counts_of[TILE], means_of[TILE], squares_of[TILE];
    int first = blockIdx.y * slab, last = first + slab < rows ? first + slab : rows;
    int at = threadIdx.y * blockDim.x + threadIdx.x;
    for (int base = blockIdx.x * blockDim.x; base < columns; base += gridDim.x * blockDim.x) {
        int column = base + threadIdx.x;
        T count = T(0), shift = T(0), sum = T(0), square = T(0);
        if (column < columns)
            for (int row = first + threadIdx.y; row < last; row += blockDim.y) {
                T value = x[row * columns + column];
                if (count == T(0))
                    shift = value;
                T deviation = value - shift;
                sum += deviation;
                square += deviation * deviation;
                count += T(1);
            }
        T mean = T(0);
        if (count > T(0)) {
            mean = shift + sum / count;
            square -= sum * (sum / count);
            if (square < T(0))
                square = T(0);
        }
        counts_of[at] = count;
        means_of[at] = mean;
        squares_of[at] = square;
        __syncthreads();
        for (int half = blockDim.y / 2; half > 0; half /= 2) {
            int other = at + half * blockDim.x;
            if (threadIdx.y < half)
                combine(&counts_of[at], &means_of[at], &squares_of[at], counts_of[other], means_of[other],
                        squares_of[other]);
            __syncthreads();
        }
        if (threadIdx.y == 0 && column < columns) {
            means[blockIdx.y * columns + column] = means_of[at];
            squares[blockIdx.y * columns + column] = squares_of[at];
        }
        __syncthreads();
    }
}

// Mean and variance of each channel from parts (slabs * fold, channels); fold channels-vectors stood side by side in a
// row. `runs`: the running statistics move too (variance unbiased there), unless training is halted.
__global__ void moments_whole(const T* means, const T* squares, T* mean, T* variance, T* running_mean,
                              T* running_variance, int rows, int slab, int fold, int channels, int parts, int runs,
                              T keep, T unbiased, const int* halted)
{
    __shared__ T counts_of[TILE], means_of[TILE], squares_of[TILE];
    int at = threadIdx.y * blockDim.x + threadIdx.x;
    for (int base = blockIdx.x * blockDim.x; base < channels; base += gridDim.x * blockDim.x) {
        int channel = base + threadIdx.x;
        T count = T(0), middle = T(0), square = T(0);
        if (channel < channels)
            for (int part = threadIdx.y; part < parts; part += blockDim.y) {
                int left = rows - (part / fold) * slab;
                combine(&count, &middle, &square, T(left < slab ? left : slab), means[part * channels + channel],
                        squares[part * channels + channel]);
            }
        counts_of[at] = count;
        means_of[at] = middle;
        squares_of[at] = square;
        __syncthreads();
        for (int half = blockDim.y / 2; half > 0; half /= 2) {
            int other = at + half * blockDim.x;
            if (threadIdx.y < half)
                combine(&counts_of[at], &means_of[at], &squares_of[at], counts_of[other], means_of[other],
                        squares_of[other]);
            __syncthreads();
        }
        if (threadIdx.y == 0 && channel < channels) {
            T m = means_of[at], v = squares_of[at] / counts_of[at];
            mean[channel] = m;
            variance[channel] = v;
            if (runs && !halted[0]) {
                running_mean[channel] = running_mean[channel] * keep + m * (T(1) - keep);
                running_variance[channel] = running_variance[channel] * keep + v * unbiased;
            }
        }
        __syncthreads();
    }
}

// dz = da g'(z) (if function; written to dz), and over one slab of rows the sums of dz (if sums), and of dz xhat
// (if sums = 2). x, a, da, dz (rows, columns) with columns = fold * channels; the parts (slab, columns).
__global__ void back_part(const T* x, const T* mean, const T* variance, const T* a, const T* da, T* dz, T* sum_parts,
                          T* xhat_parts, int rows, int columns, int channels, int slab, int sums, int function, T slope,
                          T epsilon)
{
    __shared__ T plain_of[TILE], xhat_of[TILE];
    int first = blockIdx.y * slab, last = first + slab < rows ? first + slab : rows;
    int at = threadIdx.y * blockDim.x + threadIdx.x;
    for (int base = blockIdx.x * blockDim.x; base < columns; base += gridDim.x * blockDim.x) {
        int column = base + threadIdx.x;
        T plain = T(0), with_xhat = T(0);
        if (column < columns) {
            T middle = T(0), inverse = T(0);
            if (sums == 2) {
                middle = mean[column % channels];
                inverse = T(1) / sqrt(variance[column % channels] + epsilon);
            }
            for (int row = first + threadIdx.y; row < last; row += blockDim.y) {
                int i = row * columns + column;
                T d = da[i];
                if (function) {
                    d *= slope_of(function, slope, a[i]);
                    dz[i] = d;
                }
                plain += d;
                if (sums == 2)
                    with_xhat += d * ((x[i] - middle) * inverse);
            }
        }
        plain_of[at] = plain;
        xhat_of[at] = with_xhat;
        __syncthreads();
        for (int half = blockDim.y / 2; half > 0; half /= 2) {
            if (threadIdx.y < half) {
                plain_of[at] += plain_of[at + half * blockDim.x];
                xhat_of[at] += xhat_of[at + half * blockDim.x];
            }
            __syncthreads();
        }
        if (threadIdx.y == 0 && column < columns) {
            sum_parts[blockIdx.y * columns + column] = plain_of[at];
            if (sums == 2)
                xhat_parts[blockIdx.y * columns + column] = xhat_of[at];
        }
        __syncthreads();
    }
}

// parts[block] = sum of x y (squares = 0) or of (x - y)^2 (squares = 1) over a grid of one-dimensional blocks.
__global__ void inner_part(const T* x, const T* y, T* parts, int n, int squares)
{
    __shared__ T sums[TILE];
    T sum = T(0);
    EACH(i, n) {
        T d = x[i] - y[i];
        sum += squares ? d * d : x[i] * y[i];
    }
    sums[threadIdx.x] = sum;
    __syncthreads();
    for (int half = blockDim.x / 2; half > 0; half /= 2) {
        if (threadIdx.x < half)
            sums[threadIdx.x] += sums[threadIdx.x + half];
        __syncthreads();
    }
    if (threadIdx.x == 0)
        parts[blockIdx.x] = sums[0];
}

// out[0] = factor * sum of x (n,): one block.
__global__ void total(const T* x, T* out, int n, T factor)
{
    __shared__ T sums[TILE];
    T sum = T(0);
    for (int i = threadIdx.x; i < n; i += blockDim.x)
        sum += x[i];
    sums[threadIdx.x] = sum;
    __syncthreads();
    for (int half = blockDim.x / 2; half > 0; half /= 2) {
        if (threadIdx.x < half)
            sums[threadIdx.x] += sums[threadIdx.x + half];
        __syncthreads();
    }
    if (threadIdx.x == 0)
        out[0] = sums[0] * factor;
}

// into[0] += loss * m, into[1] += rows where the largest of yhat stands where that of y does: one block.
__global__ void score(const T* loss, const T* yhat, const T* y, double* into, int m, int n)
{
    __shared__ T sums[TILE];
    T right = T(0);
    for (int row = threadIdx.x; row < m; row += blockDim.x) {
        int said = 0, is = 0;
        for (int k = 1; k < n; ++k) {
            if (yhat[row * n + k] > yhat[row * n + said])
                said = k;
            if (y[row * n + k] > y[row * n + is])
                is = k;
        }
        right += said == is ? T(1) : T(0);
    }
    sums[threadIdx.x] = right;
    __syncthreads();
    for (int half = blockDim.x / 2; half > 0; half /= 2) {
        if (threadIdx.x < half)
            sums[threadIdx.x] += sums[threadIdx.x + half];
        __syncthreads();
    }
    if (threadIdx.x == 0) {
        into[0] += double(loss[0]) * m;
        into[1] += double(sums[0]);
    }
}

// --- measurements: many small reductions in one launch, results side by side for one copy to the host ---

// One block per piece of a quantity; a job is (address x, address y, numbers, kind, function, place of its slope).
// kind 0: x y, 1: (x - g(y))^2, 2: x^2 y.
__global__ void measure_part(const long long* jobs, const double* slopes, double* parts)
{
    __shared__ T sums[TILE];
    const long long* job = jobs + blockIdx.x * 6;
    const T* x = (const T*)job[0];
    const T* y = (const T*)job[1];
    int n = (int)job[2], kind = (int)job[3], function = (int)job[4];
    T slope = (T)slopes[job[5]], sum = T(0);
    for (int i = threadIdx.x; i < n; i += blockDim.x) {
        T d = x[i] - g_of(function, slope, y[i]);
        sum += kind == 1 ? d * d : kind == 2 ? x[i] * x[i] * y[i] : x[i] * y[i];
    }
    sums[threadIdx.x] = sum;
    __syncthreads();
    for (int half = blockDim.x / 2; half > 0; half /= 2) {
        if (threadIdx.x < half)
            sums[threadIdx.x] += sums[threadIdx.x + half];
        __syncthreads();
    }
    if (threadIdx.x == 0)
        parts[blockIdx.x] = sums[0];
}

// pack[spans[q][2]] = sum of the parts from spans[q][0] to spans[q][1].
__global__ void measure_whole(const double* parts, const long long* spans, double* pack, int quantities)
{
    EACH(q, quantities) {
        double sum = 0;
        for (long long part = spans[3 * q]; part < spans[3 * q + 1]; ++part)
            sum += parts[part];
        pack[spans[3 * q + 2]] = sum;
    }
}

// Strided values, one block per job (address, stride, numbers, place in pack).
__global__ void collect(const long long* jobs, double* pack)
{
    const long long* job = jobs + blockIdx.x * 4;
    const T* x = (const T*)job[0];
    for (long long k = threadIdx.x; k < job[2]; k += blockDim.x)
        pack[job[3] + k] = x[k * job[1]];
}

}  // extern "C"
