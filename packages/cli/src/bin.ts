console.log("retouch")
