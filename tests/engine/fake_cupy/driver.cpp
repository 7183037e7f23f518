// As much of the CUDA driver's library as is asked before CuPy is imported.
extern "C" int cuDriverGetVersion(int* version)
{
    *version = 13000;
    return 0;
}
