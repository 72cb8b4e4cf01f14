/** boto3, over HTTP: what it may expect of AWS it may expect of the local cloud. The behaviours are told in the Python programs. */

import { behavioursOf } from "./python.ts";
import { removeTinyImages, tinyImage } from "./tiny-image.ts";

removeTinyImages();

behavioursOf("s3_objects.py", async () => ({}));
behavioursOf("s3_transfers.py", async () => ({}));
behavioursOf("s3_lists.py", async () => ({}));
behavioursOf("s3_rules.py", async () => ({}));
behavioursOf("training_jobs.py", async () => ({ images: { "tiny:1": await tinyImage() } }));
behavioursOf("identity.py", async () => ({}));
behavioursOf("cloudwatch.py", async () => ({}));
