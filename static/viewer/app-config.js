/**
 * Settings of the diagnostic viewer: one case, this site only.
 *
 * The case number comes from the address and is checked by the server; nothing else of the address
 * is looked at. The extension (own/extension.js) brings the reading habits of a spine reader.
 */
(() => {
  if (!document.createElement("canvas").getContext("webgl2")) {
    window.stop(); // the viewer itself is not even loaded
    import("/viewer/own/webgl.js").then(({ refuse }) => refuse());
    return;
  }
  const code = new URLSearchParams(location.search).get("case") ?? "";
  if (!/^[0-9A-Z-]{1,16}$/.test(code)) throw new Error("no case");
  const root = `${location.origin}/dicomweb/c/${code}`;
  const lumbar = {
    hide: { $set: false },
    hangingProtocol: { $set: ["secondread.lumbar", "default"] },
    routes: {
      0: {
        layoutInstance: {
          props: {
            // Beside the report the width belongs to the images.
            leftPanelClosed: { $set: window.innerWidth < 1400 },
            rightPanels: { $set: ["@ohif/extension-cornerstone.panelModule.panelMeasurement"] },
          },
        },
      },
    },
  };

  window.config = {
    routerBasename: "/viewer",
    extensions: ["/viewer/own/extension.js"],
    modes: [],
    modesConfiguration: { "@ohif/mode-basic": lumbar },
    customizationService: {},
    showStudyList: false,
    whiteLabeling: {
      createLogoComponentFn: (React) =>
        React.createElement("span", { className: "text-highlight font-semibold" }, code),
    },
    maxNumberOfWebWorkers: Math.min(4, navigator.hardwareConcurrency || 2),
    showPatientInfo: "disabled", // nobody is named in these images
    showLoadingIndicator: true,
    showWarningMessageForCrossOrigin: false,
    showCPUFallbackMessage: false,
    strictZSpacingForVolumeViewport: true,
    investigationalUseDialog: { option: "never" },
    disableConfirmationPrompts: true,
    studyPrefetcher: {
      enabled: true,
      displaySetsCount: 12,
      maxNumPrefetchRequests: 10,
      order: "closest",
    },
    maxNumRequests: { interaction: 100, thumbnail: 5, prefetch: 25 },
    showErrorDetails: "production",
    defaultDataSourceName: "portal",
    dataSources: [
      {
        namespace: "@ohif/extension-default.dataSourcesModule.dicomweb",
        sourceName: "portal",
        configuration: {
          friendlyName: "portal",
          name: "portal",
          wadoUriRoot: root,
          qidoRoot: root,
          wadoRoot: root,
          qidoSupportsIncludeField: true,
          imageRendering: "wadors",
          thumbnailRendering: "thumbnail",
          thumbnailRequestStrategy: "fetch",
          enableStudyLazyLoad: true,
          supportsFuzzyMatching: false,
          supportsWildcard: true,
          omitQuotationForMultipartRequest: true,
          bulkDataURI: { enabled: true, relativeResolution: "studies" },
        },
      },
    ],
    // Signed out, or the case was taken away: the portal says what to do.
    httpErrorHandler: (error) => {
      if (error?.status === 401) window.top.location = "/accounts/login/";
    },
  };
})();
