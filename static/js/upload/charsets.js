// Specific Character Set (0008,0005) to the names that TextDecoder knows (PS3.3 C.12.1.1.2).

const ENCODINGS = {
  "ISO_IR 101": "iso-8859-2",
  "ISO_IR 109": "iso-8859-3",
  "ISO_IR 110": "iso-8859-4",
  "ISO_IR 144": "iso-8859-5",
  "ISO_IR 127": "iso-8859-6",
  "ISO_IR 126": "iso-8859-7",
  "ISO_IR 138": "iso-8859-8",
  "ISO_IR 148": "windows-1254",
  "ISO_IR 203": "iso-8859-15",
  "ISO_IR 166": "windows-874",
  "ISO_IR 13": "shift_jis",
  "ISO_IR 192": "utf-8",
  "ISO 2022 IR 13": "shift_jis",
  "ISO 2022 IR 87": "iso-2022-jp",
  "ISO 2022 IR 159": "iso-2022-jp",
  "ISO 2022 IR 149": "euc-kr",
  "ISO 2022 IR 58": "gb18030",
  GB18030: "gb18030",
  GBK: "gbk",
};

/** Decode free text by the last character set that the header names. */
export function decode(value, characterSet) {
  if (!value) return "";
  const name = characterSet.split("\\").pop().trim();
  const encoding = ENCODINGS[name] ?? ENCODINGS[name.replace("2022 IR", "_IR")] ?? "windows-1252";
  const withoutEscapes = new TextDecoder(encoding).decode(value.subarray(0, 1024));
  return withoutEscapes.replace(/[\0\x1b]/g, "").trim();
}

/** "BEISPIEL^PETRA^^Dr." as a person would write it: "Dr. Petra Beispiel". */
export function personName(value) {
  const group = value.split("=").find((part) => part.replace(/[\^\s]/g, "")) ?? "";
  const [family = "", given = "", middle = "", prefix = "", suffix = ""] = group.split("^");
  const name = [prefix, given, middle, family, suffix].map((part) => part.trim()).filter(Boolean).join(" ");
  return name.replace(/[\u0000-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "").slice(0, 120);
}

/** The same for comparing: no case, no accents, no order of given and family name. */
export function comparableName(value) {
  const plain = personName(value).toUpperCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "");
  return plain.split(/[^\p{L}\p{N}]+/u).filter(Boolean).sort().join(" ");
}
