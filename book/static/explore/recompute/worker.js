// The worker in which a page recomputes its number, so that the page stays free meanwhile.

import { compute } from "./compute.js";
import { Refused } from "./files.js";

onmessage = async ({ data: { recipe, root } }) => {
  const begun = performance.now();
  try {
    const found = await compute(recipe, root, (done, all) => postMessage({ done, all }));
    postMessage({ found, seconds: (performance.now() - begun) / 1000 });
  } catch (error) {
    postMessage({ refused: error instanceof Refused ? error.message : `The computation failed: ${error.message}.` });
  }
};
