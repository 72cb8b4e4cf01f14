/** Where code lies in a container. Data. */

/** The channel that the code is in. */
export const CODE_CHANNEL = "code";
/** The channel that the driver is in when the code lies in S3 already and cannot be added to. */
export const DRIVER_CHANNEL = "sagemaker_driver";
/** The driver's folder in the code's. */
export const DRIVER_FOLDER = ".sagemaker";
