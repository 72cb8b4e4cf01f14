"""The errors that AWS documents for whole services, and models at no operation, with their HTTP statuses."""

# "Common errors" of the JSON services. Access is denied with 400 by what speaks JSON 1.1, and with 403 in the documents.
JSON = {
    "AccessDeniedException": {400, 403},
    "ExpiredTokenException": {400, 403},
    "IncompleteSignatureException": {400},
    "InvalidSignatureException": {400, 403},
    "MissingAuthenticationTokenException": {400, 403},
    "SerializationException": {400},
    "UnknownOperationException": {400, 404},
    "UnrecognizedClientException": {400, 403},
    # CloudWatch's, which it had before it spoke JSON.
    "ValidationError": {400},
    "ValidationException": {400},
}
# Of SageMaker's operations only some declare these.
SAGEMAKER = {"ResourceLimitExceeded": {400}}
QUERY = {
    "AccessDenied": {403},
    "ExpiredToken": {403},
    "IncompleteSignature": {400, 403},
    "InvalidAction": {400},
    "InvalidClientTokenId": {403},
    "MalformedInput": {400},
    "SignatureDoesNotMatch": {403},
    "ValidationError": {400},
}
# "Error responses" of the S3 API reference, as far as the local cloud answers with them.
S3 = {
    "AccessControlListNotSupported": {400},
    "AccessDenied": {403},
    "AuthorizationHeaderMalformed": {400},
    "AuthorizationQueryParametersError": {400},
    "BadDigest": {400},
    "BadRequest": {400},
    "BucketAlreadyOwnedByYou": {409},
    "BucketNotEmpty": {409},
    "EntityTooLarge": {400},
    "EntityTooSmall": {400},
    "ExpiredToken": {400},
    "IllegalLocationConstraintException": {400},
    "IncompleteBody": {400},
    "InvalidAccessKeyId": {403},
    "InvalidArgument": {400},
    "InvalidBucketAclWithObjectOwnership": {400},
    "InvalidBucketName": {400},
    "InvalidDigest": {400},
    "InvalidEncryptionAlgorithmError": {400},
    "InvalidLocationConstraint": {400},
    "InvalidPart": {400},
    "InvalidPartNumber": {416},
    "InvalidPartOrder": {400},
    "InvalidRange": {416},
    "InvalidRequest": {400},
    "InvalidStorageClass": {400},
    "InvalidTag": {400},
    "InvalidToken": {400},
    "InvalidURI": {400},
    "KeyTooLongError": {400},
    "MalformedXML": {400},
    "MetadataTooLarge": {400},
    "MethodNotAllowed": {405},
    "MissingContentLength": {411},
    "MissingRequestBodyError": {400},
    "NoSuchBucket": {404},
    "NoSuchKey": {404},
    "NoSuchPublicAccessBlockConfiguration": {404},
    "NoSuchTagSet": {404},
    "NoSuchUpload": {404},
    "NotImplemented": {501},
    "PreconditionFailed": {412},
    "SignatureDoesNotMatch": {403},
    "XAmzContentSHA256Mismatch": {400},
}


def documented(service, protocol, code):
    """The statuses of a code; none when it is not documented."""
    table = {"json": JSON, "query": QUERY, "rest-xml": S3}.get(protocol, JSON)
    return table.get(code) or (SAGEMAKER.get(code, set()) if service == "sagemaker" else set())
