/** The few words that our extension adds to the viewer, in the portal's languages. */

const TEXTS = {
  en: {
    keyImage: "Key image",
    keyImageHelp: "Key image to the report (k)",
    saved: "Saved to the report.",
    notSaved: "Not saved: open the report of this case beside the images.",
    keys: "Keys",
    close: "Close",
    asStored: "Window as stored",
    softer: "Softer window",
    harder: "Harder window",
    brighter: "Brighter window",
    help: "Show the keys",
    noWebGl: "Not for diagnosis: this browser cannot show the images as they must be shown.",
    noWebGlHelp:
      "WebGL 2 is switched off or missing. Without it, orientation letters and reference lines would be missing too, so the viewer stays closed. Switch on hardware acceleration, or use another browser or computer.",
  },
  de: {
    keyImage: "Schlüsselbild",
    keyImageHelp: "Schlüsselbild in den Befund (k)",
    saved: "Im Befund gespeichert.",
    notSaved: "Nicht gespeichert: Öffnen Sie den Befund dieses Falls neben den Bildern.",
    keys: "Tasten",
    close: "Schließen",
    asStored: "Fensterung wie gespeichert",
    softer: "Weichere Fensterung",
    harder: "Härtere Fensterung",
    brighter: "Hellere Fensterung",
    help: "Tasten zeigen",
    noWebGl: "Nicht zur Diagnose: Dieser Browser kann die Bilder nicht so zeigen, wie es sein muss.",
    noWebGlHelp:
      "WebGL 2 ist ausgeschaltet oder fehlt. Ohne WebGL 2 würden auch Seitenangaben und Referenzlinien fehlen; darum bleibt der Betrachter geschlossen. Schalten Sie die Hardwarebeschleunigung ein oder nehmen Sie einen anderen Browser oder Rechner.",
  },
};

export const text = TEXTS[navigator.language?.startsWith("de") ? "de" : "en"];
