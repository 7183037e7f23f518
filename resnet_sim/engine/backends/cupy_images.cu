// Images (m, n_H, n_W, n_C): patches for convolution as one product, pooling, zero padding of channels.
// Backward passes gather (each input value looks up its windows): no atomic additions, repeats are bit-equal.

extern "C" {

// patches (m * out_H * out_W, f * f * c) of x (m, height, width, c), 0 outside the image.
__global__ void patches_of(const T* x, T* patches, int n, int height, int width, int c, int out_H, int out_W, int f,
                           int stride, int padding)
{
    EACH(i, n) {
        int channel = i % c, rest = i / c;
        int v = rest % f;
        rest /= f;
        int u = rest % f;
        rest /= f;
        int w = (rest % out_W) * stride + v - padding;
        rest /= out_W;
        int h = (rest % out_H) * stride + u - padding;
        int image = rest / out_H;
        bool inside = h >= 0 && h < height && w >= 0 && w < width;
        patches[i] = inside ? x[((image * height + h) * width + w) * c + channel] : T(0);
    }
}

// The transpose of patches_of: dx (n numbers) is the sum of all the places it was copied to.
__global__ void patches_back(const T* patches, T* dx, int n, int height, int width, int c, int out_H, int out_W, int f,
                             int stride, int padding)
{
    EACH(i, n) {
        int channel = i % c, rest = i / c;
        int w = rest % width + padding;
        rest /= width;
        int h = rest % height + padding;
        int image = rest / height;
        T sum = T(0);
        for (int u = 0; u < f; ++u) {
            int row = h - u;
            if (row < 0 || row % stride || row / stride >= out_H)
                continue;
            for (int v = 0; v < f; ++v) {
                int column = w - v;
                if (column < 0 || column % stride || column / stride >= out_W)
                    continue;
                int place = (image * out_H + row / stride) * out_W + column / stride;
                sum += patches[((place * f + u) * f + v) * c + channel];
            }
        }
        dx[i] = sum;
    }
}

__global__ void max_pool(const T* x, T* y, int n, int height, int width, int c, int out_H, int out_W, int size,
                         int stride)
{
    EACH(i, n) {
        int channel = i % c, rest = i / c;
        int w = (rest % out_W) * stride;
        rest /= out_W;
        int h = (rest % out_H) * stride;
        int image = rest / out_H;
        const T* corner = x + ((image * height + h) * width + w) * c + channel;
        T best = corner[0];
        for (int u = 0; u < size; ++u)
            for (int v = 0; v < size; ++v) {
                T value = corner[(u * width + v) * c];
                if (value > best || value != value)
                    best = value;
            }
        y[i] = best;
    }
}

// Only the first largest value of a window gets the gradient, as in PyTorch.
__global__ void max_pool_backward(const T* x, const T* y, const T* dy, T* dx, int n, int height, int width, int c,
                                  int out_H, int out_W, int size, int stride)
{
    EACH(i, n) {
        int channel = i % c, rest = i / c;
        int w = rest % width;
        rest /= width;
        int h = rest % height;
        int image = rest / height;
        T sum = T(0);
        for (int u = 0; u < size; ++u) {
            int row = h - u;
            if (row < 0 || row % stride || row / stride >= out_H)
                continue;
            for (int v = 0; v < size; ++v) {
                int column = w - v;
                if (column < 0 || column % stride || column / stride >= out_W)
                    continue;
                int window = ((image * out_H + row / stride) * out_W + column / stride) * c + channel;
                T largest = y[window];
                const T* corner = x + ((image * height + row) * width + column) * c + channel;
                bool taken = x[i] != largest;
                for (int place = 0; place < u * size + v && !taken; ++place)
                    taken = corner[((place / size) * width + place % size) * c] == largest;
                if (!taken)
                    sum += dy[window];
            }
        }
        dx[i] = sum;
    }
}

__global__ void average_pool(const T* x, T* y, int n, int height, int width, int c, int out_H, int out_W, int size_H,
                             int size_W, int stride_H, int stride_W, T share)
{
    EACH(i, n) {
        int channel = i % c, rest = i / c;
        int w = (rest % out_W) * stride_W;
        rest /= out_W;
        int h = (rest % out_H) * stride_H;
        int image = rest / out_H;
        const T* corner = x + ((image * height + h) * width + w) * c + channel;
        T sum = T(0);
        for (int u = 0; u < size_H; ++u)
            for (int v = 0; v < size_W; ++v)
                sum += corner[(u * width + v) * c];
        y[i] = sum * share;
    }
}

__global__ void average_pool_backward(const T* dy, T* dx, int n, int height, int width, int c, int out_H, int out_W,
                                      int size_H, int size_W, int stride_H, int stride_W, T share)
{
    EACH(i, n) {
        int channel = i % c, rest = i / c;
        int w = rest % width;
        rest /= width;
        int h = rest % height;
        int image = rest / height;
        T sum = T(0);
        // The windows over row h begin at row * stride_H from h - size_H + 1 to h.
        int row = h < size_H ? 0 : (h - size_H) / stride_H + 1;
        for (; row < out_H && row * stride_H <= h; ++row) {
            int column = w < size_W ? 0 : (w - size_W) / stride_W + 1;
            for (; column < out_W && column * stride_W <= w; ++column)
                sum += dy[((image * out_H + row) * out_W + column) * c + channel];
        }
        dx[i] = sum * share;
    }
}

// Every stride-th position; the channels from c on are 0. A vector is an image of height and width 1.
__global__ void pad_channels(const T* x, T* y, int n, int height, int width, int c, int out_H, int out_W, int out_C,
                             int stride)
{
    EACH(i, n) {
        int channel = i % out_C, rest = i / out_C;
        int w = (rest % out_W) * stride;
        rest /= out_W;
        int h = (rest % out_H) * stride;
        int image = rest / out_H;
        y[i] = channel < c ? x[((image * height + h) * width + w) * c + channel] : T(0);
    }
}

__global__ void pad_channels_backward(const T* dy, T* dx, int n, int height, int width, int c, int out_H, int out_W,
                                      int out_C, int stride)
{
    EACH(i, n) {
        int channel = i % c, rest = i / c;
        int w = rest % width;
        rest /= width;
        int h = rest % height;
        int image = rest / height;
        bool seen = h % stride == 0 && w % stride == 0;
        dx[i] = seen ? dy[((image * out_H + h / stride) * out_W + w / stride) * out_C + channel] : T(0);
    }
}

}  // extern "C"
