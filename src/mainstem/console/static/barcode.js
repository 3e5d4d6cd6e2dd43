// Offers `barcodeDetector(formats)`: the browser's own BarcodeDetector where it knows these formats, else one of the same
// use on a worker, whose address `data-worker` of this script's element holds. `detect(source)` takes a video, a picture or
// a canvas and gives [{rawValue, format}].
(() => {
  "use strict";
  const address = document.currentScript.dataset.worker;
  let worker = null;
  let last = 0;
  const asked = new Map();

  const begin = () => {
    worker = new Worker(address);
    worker.addEventListener("message", ({ data: { id, codes, error } }) => {
      const { resolve, reject } = asked.get(id);
      asked.delete(id);
      if (codes) resolve(codes); else reject(new Error(error));
    });
    worker.addEventListener("error", (event) => {
      for (const { reject } of asked.values()) reject(new Error(event.message || "the worker did not start"));
      asked.clear();
      worker = null;
    });
  };

  class WorkerDetector {
    constructor(formats) { this.formats = formats; }
    async detect(source) {
      const image = await createImageBitmap(source);
      if (!worker) begin();
      const id = ++last;
      return new Promise((resolve, reject) => {
        asked.set(id, { resolve, reject });
        worker.postMessage({ id, image, formats: this.formats }, [image]);
      });
    }
  }

  window.barcodeDetector = async (formats) => {
    if ("BarcodeDetector" in window) {
      const known = await window.BarcodeDetector.getSupportedFormats();
      if (formats.every((format) => known.includes(format))) return new window.BarcodeDetector({ formats });
    }
    return new WorkerDetector(formats);
  };
})();
