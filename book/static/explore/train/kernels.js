// The arithmetic of a training step on flat arrays, each function with its way back. Nothing here knows a model.
//
// What is named d... is the gradient of the loss by what is named ...; ways back add to it and never overwrite.

const EPSILON = 1e-5; // of LayerNorm, as PyTorch has it

// C += A B, for (rows, inner) times (inner, columns). A and B say where they begin and how far apart their rows and
// their columns lie, so that a transposed matrix needs no copy; columns of C are neighbours. In tiles of 2 by 4: as many
// running sums as a processor has registers for.
export function multiply(A, a, aRow, aColumn, B, b, bRow, bColumn, C, c, rows, columns, inner) {
  const wide = columns - (columns % 4), tall = rows - (rows % 2);
  for (let m = 0; m < tall; m += 2) {
    for (let n = 0; n < wide; n += 4) {
      const c0 = c + m * columns + n, c1 = c0 + columns;
      let s00 = C[c0], s01 = C[c0 + 1], s02 = C[c0 + 2], s03 = C[c0 + 3];
      let s10 = C[c1], s11 = C[c1 + 1], s12 = C[c1 + 2], s13 = C[c1 + 3];
      let i = a + m * aRow, j0 = b + n * bColumn, j1 = j0 + bColumn, j2 = j1 + bColumn, j3 = j2 + bColumn;
      for (let k = 0; k < inner; k += 1) {
        const x0 = A[i], x1 = A[i + aRow], y0 = B[j0], y1 = B[j1], y2 = B[j2], y3 = B[j3];
        s00 += x0 * y0;
        s01 += x0 * y1;
        s02 += x0 * y2;
        s03 += x0 * y3;
        s10 += x1 * y0;
        s11 += x1 * y1;
        s12 += x1 * y2;
        s13 += x1 * y3;
        i += aColumn;
        j0 += bRow;
        j1 += bRow;
        j2 += bRow;
        j3 += bRow;
      }
      C[c0] = s00;
      C[c0 + 1] = s01;
      C[c0 + 2] = s02;
      C[c0 + 3] = s03;
      C[c1] = s10;
      C[c1 + 1] = s11;
      C[c1 + 2] = s12;
      C[c1 + 3] = s13;
    }
  }
  for (let m = 0; m < rows; m += 1) { // what the tiles leave
    for (let n = m < tall ? wide : 0; n < columns; n += 1) {
      let sum = C[c + m * columns + n];
      for (let k = 0; k < inner; k += 1) sum += A[a + m * aRow + k * aColumn] * B[b + k * bRow + n * bColumn];
      C[c + m * columns + n] = sum;
    }
  }
}

// y = x W + b for rows of x from number `first` on.
export function linear(x, first, weight, bias, y, rows) {
  const outputs = bias.length, inputs = weight.length / outputs;
  for (let r = 0; r < rows; r += 1) y.set(bias, r * outputs);
  multiply(x, first * inputs, inputs, 1, weight, 0, outputs, 1, y, 0, rows, outputs, inputs);
}

export function linearBack(x, first, weight, dy, dx, dWeight, dBias, rows) {
  const outputs = dBias.length, inputs = weight.length / outputs;
  multiply(x, first * inputs, 1, inputs, dy, 0, outputs, 1, dWeight, 0, inputs, outputs, rows);
  multiply(dy, 0, outputs, 1, weight, 0, 1, outputs, dx, first * inputs, rows, inputs, outputs);
  for (let r = 0; r < rows; r += 1) for (let o = 0; o < outputs; o += 1) dBias[o] += dy[r * outputs + o];
}

// LayerNorm of every row; keeps the rows before scale and shift in `normed`, and 1 / deviation in `inverse`.
export function layerNorm(x, scale, shift, y, normed, inverse, rows) {
  const width = scale.length;
  for (let r = 0; r < rows; r += 1) {
    const at = r * width;
    let mean = 0, variance = 0;
    for (let d = 0; d < width; d += 1) mean += x[at + d];
    mean /= width;
    for (let d = 0; d < width; d += 1) variance += (x[at + d] - mean) ** 2;
    const factor = inverse[r] = 1 / Math.sqrt(variance / width + EPSILON);
    for (let d = 0; d < width; d += 1) {
      const value = normed[at + d] = (x[at + d] - mean) * factor;
      y[at + d] = value * scale[d] + shift[d];
    }
  }
}

export function layerNormBack(dy, scale, normed, inverse, dx, dScale, dShift, rows) {
  const width = scale.length;
  for (let r = 0; r < rows; r += 1) {
    const at = r * width;
    let sum = 0, along = 0;
    for (let d = 0; d < width; d += 1) {
      const given = dy[at + d], value = normed[at + d];
      dScale[d] += given * value;
      dShift[d] += given;
      sum += given * scale[d];
      along += given * scale[d] * value;
    }
    sum /= width;
    along /= width;
    for (let d = 0; d < width; d += 1) dx[at + d] += inverse[r] * (dy[at + d] * scale[d] - sum - normed[at + d] * along);
  }
}
