export { PayloadDiff } from "./diff-view";
export { Marked } from "./marked";
export { Payload, type PayloadProps, type Roots } from "./payload";
export { HIDDEN } from "./pieces";
export { withoutTokens } from "./token";
