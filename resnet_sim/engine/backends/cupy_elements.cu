// Element by element: what stands between two matrix products, each written so that one pass does as much as it can.
// T (float or double) is set before this text. Sizes are int: nothing here has 2^30 numbers or more.

#define EACH(i, n) for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < (n); i += gridDim.x * blockDim.x)

enum { NONE = 0, RELU = 1, LEAKY_RELU = 2, TANH = 3, SIGMOID = 4 };

// g(z). What is not a number stays so, as in NumPy.
__device__ inline T g_of(int function, T slope, T z)
{
    if (function == RELU)
        return (z > T(0) || z != z) ? z : T(0);
    if (function == LEAKY_RELU) {
        T low = z * slope;
        return low > z ? low : z;
    }
    if (function == TANH)
        return tanh(z);
    if (function == SIGMOID)
        return (T(1) + tanh(z * T(0.5))) * T(0.5);
    return z;
}

// g'(z) from a = g(z).
__device__ inline T slope_of(int function, T slope, T a)
{
    if (function == RELU)
        return a > T(0) ? T(1) : T(0);
    if (function == LEAKY_RELU)
        return a > T(0) ? T(1) : slope;
    if (function == TANH)
        return T(1) - a * a;
    if (function == SIGMOID)
        return a * (T(1) - a);
    return T(1);
}

extern "C" {

// first = x + beta (before = 1), or normalised x (before = 2); sum = first + term (if adds); out = g(sum) (if function).
// Each result is written where somebody reads it; x (n,), the vectors (c,). He et al. 2015: one pass behind a product.
__global__ void join(const T* x, const T* mean, const T* variance, const T* gamma, const T* beta, const T* term,
                     T* first, T* sum, T* out, int n, int c, int before, int adds, int function, T slope, T epsilon)
{
    EACH(i, n) {
        T y = x[i];
        if (before) {
            int j = i % c;
            if (before == 2)
                y = (y - mean[j]) * (gamma[j] / sqrt(variance[j] + epsilon));
            y += beta[j];
            first[i] = y;
        }
        if (adds) {
            y += term[i];
            sum[i] = y;
        }
        if (function)
            out[i] = g_of(function, slope, y);
    }
}

__global__ void g_backward(const T* a, const T* da, T* dz, int n, int function, T slope)
{
    EACH(i, n)
        dz[i] = da[i] * slope_of(function, slope, a[i]);
}

__global__ void scale(const T* x, const T* s, T* out, int n)
{
    EACH(i, n)
        out[i] = x[i] * s[0];
}

__global__ void multiply(const T* x, const T* y, T* out, int n)
{
    EACH(i, n)
        out[i] = x[i] * y[i];
}

// (x - y) * factor: dz of the losses.
__global__ void difference(const T* x, const T* y, T* out, int n, T factor)
{
    EACH(i, n)
        out[i] = (x[i] - y[i]) * factor;
}

// dx = gamma / sigma (dy - mean(dy) - xhat mean(dy xhat)) (Ioffe and Szegedy 2015); share = 1 / rows.
__global__ void normalise_dx(const T* x, const T* mean, const T* variance, const T* gamma, const T* dy, const T* dgamma,
                             const T* dbeta, T* dx, int n, int c, T epsilon, T share)
{
    EACH(i, n) {
        int j = i % c;
        T inverse = T(1) / sqrt(variance[j] + epsilon);
        T xhat = (x[i] - mean[j]) * inverse;
        dx[i] = gamma[j] * inverse * (dy[i] - dbeta[j] * share - xhat * dgamma[j] * share);
    }
}

// running <- keep running + (1 - keep) fresh, the variance made unbiased; not once training is halted.
__global__ void run_statistics(const T* mean, const T* variance, T* running_mean, T* running_variance, int c, T keep,
                               T unbiased, const int* halted)
{
    if (halted[0])
        return;
    EACH(j, c) {
        running_mean[j] = running_mean[j] * keep + mean[j] * (T(1) - keep);
        running_variance[j] = running_variance[j] * keep + variance[j] * unbiased;
    }
}

// One row (one example) per thread: yhat, and what the row adds to the loss.
__global__ void softmax_cross_entropy(const T* z, const T* y, T* yhat, T* losses, int m, int n)
{
    EACH(row, m) {
        const T* from = z + row * n;
        T* to = yhat + row * n;
        T largest = from[0];
        for (int k = 1; k < n; ++k)
            if (from[k] > largest || from[k] != from[k])
                largest = from[k];
        T sum = T(0);
        for (int k = 0; k < n; ++k) {
            to[k] = exp(from[k] - largest);
            sum += to[k];
        }
        T log_sum = log(sum), loss = T(0);
        for (int k = 0; k < n; ++k) {
            to[k] /= sum;
            loss += (log_sum - (from[k] - largest)) * y[row * n + k];
        }
        losses[row] = loss;
    }
}

// The examples of a mini-batch: rows of `source` (N, width) named by order[first], order[first + 1], ...
__global__ void take(const T* source, const long long* order, T* out, int first, int n, int width)
{
    EACH(i, n)
        out[i] = source[order[first + i / width] * width + i % width];
}

// The loss of this step into a history; the first that is no number or above `limit` halts all updates behind it.
__global__ void watch(const T* loss, double* history, int place, int* halted, double limit)
{
    EACH(i, 1) {
        double value = loss[0];
        history[place] = value;
        if (!(fabs(value) <= limit))
            halted[0] = 1;
    }
}

// --- optimisers: W <- W - update, one pass over the flat vectors; nothing moves once training is halted ---

__global__ void sgd(T* w, const T* dw, const T* decay, T* update, const T* rate, int n, const int* halted)
{
    if (halted[0])
        return;
    EACH(i, n) {
        T step = (w[i] * decay[i] + dw[i]) * rate[0];
        update[i] = step;
        w[i] -= step;
    }
}

__global__ void momentum(T* w, const T* dw, const T* decay, T* v, T* update, const T* rate, const T* beta, int n,
                         const int* halted)
{
    if (halted[0])
        return;
    EACH(i, n) {
        T speed = v[i] * beta[0] + (w[i] * decay[i] + dw[i]);
        v[i] = speed;
        update[i] = speed * rate[0];
        w[i] -= update[i];
    }
}

// Adam with decoupled decay (Loshchilov and Hutter 2019, arXiv 1711.05101).
__global__ void adam(T* w, const T* dw, const T* decay, T* m, T* s, T* update, const T* rate, const T* beta,
                     const T* one_minus_beta, const T* beta2, const T* one_minus_beta2, const T* epsilon,
                     const T* correct1, const T* correct2, int n, const int* halted)
{
    if (halted[0])
        return;
    EACH(i, n) {
        T d = dw[i];
        T mean = m[i] * beta[0] + d * one_minus_beta[0];
        T square = s[i] * beta2[0] + d * d * one_minus_beta2[0];
        m[i] = mean;
        s[i] = square;
        T step = mean / (sqrt(square) * correct2[0] + epsilon[0]) * correct1[0] + w[i] * decay[i] * rate[0];
        update[i] = step;
        w[i] -= step;
    }
}

}  // extern "C"
