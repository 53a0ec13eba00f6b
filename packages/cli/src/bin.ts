console.log("retouch");
