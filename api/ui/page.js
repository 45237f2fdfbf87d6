"use strict";
SwaggerUIBundle({
  url: "/api/docs/openapi.json",
  dom_id: "#description",
  deepLinking: true,
  validatorUrl: null,
  tryItOutEnabled: true,
  persistAuthorization: false,
});
