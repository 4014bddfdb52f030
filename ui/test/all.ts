import "./draw.ts";
import "./names.ts";
import "./tree.ts";
import "./ranges.ts";
import "./units.ts";
import "./code.ts";
