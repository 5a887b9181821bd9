/* The answer that MKL's question after the processor's maker gets, see code/evidence/vendor.py. */
int mkl_serv_intel_cpu_true(void) { return 1; }
