/** The Python SDK's framework estimators, over HTTP: their code goes through S3 to the training toolkit that AWS's PyTorch images have. */

import { installed, lacking } from "./installed.ts";
import { behavioursOf } from "./python.ts";
import { TOOLKIT_IMAGE, toolkitImage } from "./toolkit-image.ts";

behavioursOf(
  "sdk_frameworks.py",
  async () => ({
    images: {
      "toolkit:1": lacking(TOOLKIT_IMAGE) === undefined ? await toolkitImage() : TOOLKIT_IMAGE,
    },
    spotInterruptions: { whenLogged: /^saved epoch 2$/ },
  }),
  installed("sagemaker-sdk/bin/python"),
);
